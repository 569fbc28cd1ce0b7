"""The interactive companion: chapters of the paper that train and draw while a reader turns the knobs.

A chapter describes its settings, the experiment that they make, its view, and five lines of code that do the
same with the public interface. The modules of chapters import no user interface; `companion.page` and
`companion.app` are written with marimo.
"""
