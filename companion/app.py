"""The companion's page, as a marimo notebook: `tms explore` shows it as an app.

A cell runs when a value that it names has changed. Each chapter has cells that make its controls, start the
training, and show progress, result, one place of the result, and code.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Toy Models of Superposition", width="medium", css_file="style.css")


@app.cell
def _():
    import marimo as mo

    from companion import page
    from companion.chapters import CHAPTERS
    from companion.layout import greeting
    from companion.links import page_address, write_link
    from companion.runs import Status

    return CHAPTERS, Status, greeting, mo, page, page_address, write_link


@app.cell
def _(mo):
    mo.md("# Toy Models of Superposition, to explore")


@app.cell
def _(greeting):
    greeting()


@app.cell
def _(page_address):
    address = page_address()
    link = {name: address.get(name) for name in address}
    return address, link


@app.cell
def _(CHAPTERS, link, mo):
    titles = {each.title: name for name, each in CHAPTERS.items()}
    first = link.get("chapter") if link.get("chapter") in CHAPTERS else "introduction"
    chosen = mo.ui.dropdown(
        options=titles, value=CHAPTERS[first].title, label="Chapter", allow_select_none=False
    )
    chosen
    return (chosen,)


@app.cell
def _(CHAPTERS, Status, mo, page):
    introduction_result, set_introduction_result = mo.state(Status())
    introduction_progress, set_introduction_progress = mo.state(Status())
    introduction_pane = page.Pane(
        CHAPTERS["introduction"], set_introduction_result, set_introduction_progress
    )
    introduction_stop = introduction_pane.stop_button()
    return introduction_pane, introduction_progress, introduction_result, introduction_stop


@app.cell
def _(chosen, introduction_pane, link):
    introduction_controls, introduction_values = introduction_pane.controls(chosen.value, link)
    return introduction_controls, introduction_values


@app.cell
def _(introduction_controls, introduction_pane, introduction_values):
    introduction_pane.start(introduction_controls, introduction_values())


@app.cell
def _(chosen, introduction_pane, introduction_progress, introduction_stop):
    introduction_pane.progress(chosen.value, introduction_progress(), introduction_stop)


@app.cell
def _(chosen, introduction_pane, introduction_result):
    introduction_pane.view(chosen.value, introduction_result())


@app.cell
def _(chosen, introduction_pane, introduction_result):
    introduction_pane.code(chosen.value, introduction_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    demonstrating_result, set_demonstrating_result = mo.state(Status())
    demonstrating_progress, set_demonstrating_progress = mo.state(Status())
    demonstrating_pane = page.Pane(
        CHAPTERS["demonstrating"], set_demonstrating_result, set_demonstrating_progress
    )
    demonstrating_stop = demonstrating_pane.stop_button()
    return demonstrating_pane, demonstrating_progress, demonstrating_result, demonstrating_stop


@app.cell
def _(chosen, demonstrating_pane, link):
    demonstrating_controls, demonstrating_values = demonstrating_pane.controls(chosen.value, link)
    return demonstrating_controls, demonstrating_values


@app.cell
def _(demonstrating_controls, demonstrating_pane, demonstrating_values):
    demonstrating_pane.start(demonstrating_controls, demonstrating_values())


@app.cell
def _(chosen, demonstrating_pane, demonstrating_progress, demonstrating_stop):
    demonstrating_pane.progress(chosen.value, demonstrating_progress(), demonstrating_stop)


@app.cell
def _(chosen, demonstrating_pane, demonstrating_result):
    demonstrating_pane.view(chosen.value, demonstrating_result())


@app.cell
def _(chosen, demonstrating_pane, demonstrating_result):
    demonstrating_pane.code(chosen.value, demonstrating_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    phase_result, set_phase_result = mo.state(Status())
    phase_progress, set_phase_progress = mo.state(Status())
    phase_place, set_phase_place = mo.state({})
    phase_pane = page.Pane(CHAPTERS["phase"], set_phase_result, set_phase_progress)
    phase_stop = phase_pane.stop_button()
    return phase_pane, phase_progress, phase_result, phase_stop, phase_place, set_phase_place


@app.cell
def _(chosen, link, phase_pane):
    phase_controls, phase_values = phase_pane.controls(chosen.value, link)
    return phase_controls, phase_values


@app.cell
def _(phase_controls, phase_pane, phase_values):
    phase_pane.start(phase_controls, phase_values())


@app.cell
def _(chosen, phase_pane, phase_progress, phase_stop):
    phase_pane.progress(chosen.value, phase_progress(), phase_stop)


@app.cell
def _(phase_pane, phase_place_values, phase_result):
    phase_picture = phase_pane.picture(phase_result(), phase_place_values())
    return (phase_picture,)


@app.cell
def _(chosen, phase_pane, phase_picture, phase_result):
    phase_pane.view(chosen.value, phase_result(), phase_picture)


@app.cell
def _(phase_pane, phase_picture, phase_result, set_phase_place):
    phase_pane.clicked(phase_picture, phase_result(), set_phase_place)


@app.cell
def _(chosen, link, phase_pane, phase_place, phase_result):
    phase_place_controls, phase_place_values = phase_pane.place_controls(
        chosen.value, phase_result(), phase_place(), link
    )
    return phase_place_controls, phase_place_values


@app.cell
def _(chosen, phase_pane, phase_place_controls, phase_place_values, phase_result):
    phase_pane.detail(chosen.value, phase_result(), phase_place_controls, phase_place_values())


@app.cell
def _(chosen, phase_pane, phase_result):
    phase_pane.code(chosen.value, phase_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    uniform_result, set_uniform_result = mo.state(Status())
    uniform_progress, set_uniform_progress = mo.state(Status())
    uniform_place, set_uniform_place = mo.state({})
    uniform_pane = page.Pane(CHAPTERS["uniform"], set_uniform_result, set_uniform_progress)
    uniform_stop = uniform_pane.stop_button()
    return uniform_pane, uniform_progress, uniform_result, uniform_stop, uniform_place, set_uniform_place


@app.cell
def _(chosen, link, uniform_pane):
    uniform_controls, uniform_values = uniform_pane.controls(chosen.value, link)
    return uniform_controls, uniform_values


@app.cell
def _(uniform_controls, uniform_pane, uniform_values):
    uniform_pane.start(uniform_controls, uniform_values())


@app.cell
def _(chosen, uniform_pane, uniform_progress, uniform_stop):
    uniform_pane.progress(chosen.value, uniform_progress(), uniform_stop)


@app.cell
def _(uniform_pane, uniform_place_values, uniform_result):
    uniform_picture = uniform_pane.picture(uniform_result(), uniform_place_values())
    return (uniform_picture,)


@app.cell
def _(chosen, uniform_pane, uniform_picture, uniform_result):
    uniform_pane.view(chosen.value, uniform_result(), uniform_picture)


@app.cell
def _(set_uniform_place, uniform_pane, uniform_picture, uniform_result):
    uniform_pane.clicked(uniform_picture, uniform_result(), set_uniform_place)


@app.cell
def _(chosen, link, uniform_pane, uniform_place, uniform_result):
    uniform_place_controls, uniform_place_values = uniform_pane.place_controls(
        chosen.value, uniform_result(), uniform_place(), link
    )
    return uniform_place_controls, uniform_place_values


@app.cell
def _(chosen, uniform_pane, uniform_place_controls, uniform_place_values, uniform_result):
    uniform_pane.detail(chosen.value, uniform_result(), uniform_place_controls, uniform_place_values())


@app.cell
def _(chosen, uniform_pane, uniform_result):
    uniform_pane.code(chosen.value, uniform_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    learning_result, set_learning_result = mo.state(Status())
    learning_progress, set_learning_progress = mo.state(Status())
    learning_place, set_learning_place = mo.state({})
    learning_pane = page.Pane(CHAPTERS["learning"], set_learning_result, set_learning_progress)
    learning_stop = learning_pane.stop_button()
    learning_play = mo.ui.run_button(label="Play")
    learning_pause = mo.ui.run_button(label="Pause")
    return (
        learning_pane,
        learning_progress,
        learning_result,
        learning_stop,
        learning_place,
        set_learning_place,
        learning_play,
        learning_pause,
    )


@app.cell
def _(chosen, learning_pane, link):
    learning_controls, learning_values = learning_pane.controls(chosen.value, link)
    return learning_controls, learning_values


@app.cell
def _(learning_controls, learning_pane, learning_values):
    learning_pane.start(learning_controls, learning_values())


@app.cell
def _(chosen, learning_pane, learning_progress, learning_stop):
    learning_pane.progress(chosen.value, learning_progress(), learning_stop)


@app.cell
def _(chosen, learning_pane, learning_result):
    learning_pane.view(chosen.value, learning_result())


@app.cell
def _(learning_pane, learning_pause, learning_play, learning_result, set_learning_place):
    learning_pane.play(learning_play, learning_pause, learning_result(), set_learning_place)


@app.cell
def _(chosen, learning_pane, learning_place, learning_result, link):
    learning_place_controls, learning_place_values = learning_pane.place_controls(
        chosen.value, learning_result(), learning_place(), link
    )
    return learning_place_controls, learning_place_values


@app.cell
def _(
    chosen,
    learning_pane,
    learning_pause,
    learning_place_controls,
    learning_place_values,
    learning_play,
    learning_result,
):
    learning_pane.detail(
        chosen.value,
        learning_result(),
        learning_place_controls,
        learning_place_values(),
        learning_play,
        learning_pause,
    )


@app.cell
def _(chosen, learning_pane, learning_result):
    learning_pane.code(chosen.value, learning_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    correlated_result, set_correlated_result = mo.state(Status())
    correlated_progress, set_correlated_progress = mo.state(Status())
    correlated_pane = page.Pane(CHAPTERS["correlated"], set_correlated_result, set_correlated_progress)
    correlated_stop = correlated_pane.stop_button()
    return correlated_pane, correlated_progress, correlated_result, correlated_stop


@app.cell
def _(chosen, correlated_pane, link):
    correlated_controls, correlated_values = correlated_pane.controls(chosen.value, link)
    return correlated_controls, correlated_values


@app.cell
def _(correlated_controls, correlated_pane, correlated_values):
    correlated_pane.start(correlated_controls, correlated_values())


@app.cell
def _(chosen, correlated_pane, correlated_progress, correlated_stop):
    correlated_pane.progress(chosen.value, correlated_progress(), correlated_stop)


@app.cell
def _(chosen, correlated_pane, correlated_result):
    correlated_pane.view(chosen.value, correlated_result())


@app.cell
def _(chosen, correlated_pane, correlated_result):
    correlated_pane.code(chosen.value, correlated_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    computation_result, set_computation_result = mo.state(Status())
    computation_progress, set_computation_progress = mo.state(Status())
    computation_pane = page.Pane(CHAPTERS["computation"], set_computation_result, set_computation_progress)
    computation_stop = computation_pane.stop_button()
    return computation_pane, computation_progress, computation_result, computation_stop


@app.cell
def _(chosen, computation_pane, link):
    computation_controls, computation_values = computation_pane.controls(chosen.value, link)
    return computation_controls, computation_values


@app.cell
def _(computation_controls, computation_pane, computation_values):
    computation_pane.start(computation_controls, computation_values())


@app.cell
def _(chosen, computation_pane, computation_progress, computation_stop):
    computation_pane.progress(chosen.value, computation_progress(), computation_stop)


@app.cell
def _(chosen, computation_pane, computation_result):
    computation_pane.view(chosen.value, computation_result())


@app.cell
def _(chosen, computation_pane, computation_result):
    computation_pane.code(chosen.value, computation_result())


@app.cell
def _(CHAPTERS, Status, mo, page):
    adversarial_result, set_adversarial_result = mo.state(Status())
    adversarial_progress, set_adversarial_progress = mo.state(Status())
    adversarial_pane = page.Pane(CHAPTERS["adversarial"], set_adversarial_result, set_adversarial_progress)
    adversarial_stop = adversarial_pane.stop_button()
    return adversarial_pane, adversarial_progress, adversarial_result, adversarial_stop


@app.cell
def _(adversarial_pane, chosen, link):
    adversarial_controls, adversarial_values = adversarial_pane.controls(chosen.value, link)
    return adversarial_controls, adversarial_values


@app.cell
def _(adversarial_controls, adversarial_pane, adversarial_values):
    adversarial_pane.start(adversarial_controls, adversarial_values())


@app.cell
def _(adversarial_pane, adversarial_progress, adversarial_stop, chosen):
    adversarial_pane.progress(chosen.value, adversarial_progress(), adversarial_stop)


@app.cell
def _(adversarial_pane, adversarial_result, chosen):
    adversarial_pane.view(chosen.value, adversarial_result())


@app.cell
def _(adversarial_pane, adversarial_result, chosen):
    adversarial_pane.code(chosen.value, adversarial_result())


@app.cell
def _(
    CHAPTERS,
    address,
    adversarial_values,
    chosen,
    computation_values,
    correlated_values,
    demonstrating_values,
    introduction_values,
    learning_values,
    learning_place_values,
    phase_values,
    phase_place_values,
    uniform_values,
    uniform_place_values,
    write_link,
):
    write_link(
        address,
        CHAPTERS[chosen.value],
        introduction_values(),
        demonstrating_values(),
        phase_values(),
        phase_place_values(),
        uniform_values(),
        uniform_place_values(),
        learning_values(),
        learning_place_values(),
        correlated_values(),
        computation_values(),
        adversarial_values(),
    )


if __name__ == "__main__":
    app.run()
