"""Conversion of arguments to arrays, with one-sentence errors about their shapes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Shapes:
    """The sizes of named axes, taken from the first array that has each axis.

    One instance serves one figure: an axis name means the same size in all arguments of the figure.
    """

    def __init__(self) -> None:
        self._sizes: dict[str, tuple[int, str]] = {}

    def floats(self, name: str, value: ArrayLike, axes: str, *, missing: bool = False) -> NDArray[np.float64]:
        """Convert to float64 and check the shape.

        Parameters
        ----------
        name
            The argument's name, for the error.
        value
            A numpy array, a torch tensor on the CPU, or nested sequences.
        axes
            Names of the axes, separated by spaces; a number stands for exactly that size.
        missing
            Whether NaN is allowed, for a value that is missing.

        Returns
        -------
        numpy.ndarray
            float64, shape as named.

        Raises
        ------
        ValueError
            If the shape is wrong or a value is not finite.
        """
        array = np.asarray(value, dtype=np.float64)
        self._check(name, array.shape, axes)
        finite = np.isfinite(array) | np.isnan(array) if missing else np.isfinite(array)
        if not finite.all():
            raise ValueError(f"{name} must be finite, but {int((~finite).sum())} of its values are not.")
        return array

    def increasing(self, name: str, value: ArrayLike, axes: str) -> NDArray[np.float64]:
        """Convert to float64, and check the shape and that values increase along the last axis.

        Parameters
        ----------
        name, value, axes
            The arguments of `floats`.

        Returns
        -------
        numpy.ndarray
            float64, shape as named.

        Raises
        ------
        ValueError
            If the shape is wrong, or a value is not finite or not larger than the one before it.
        """
        array = self.floats(name, value, axes)
        steps = np.diff(array, axis=-1)
        if (steps <= 0).any():
            where = np.unravel_index(int((steps <= 0).argmax()), steps.shape)
            here, after = (array[(*where[:-1], where[-1] + k)] for k in (0, 1))
            raise ValueError(f"{name} must increase, but {after:g} follows {here:g}.")
        return array

    def booleans(self, name: str, value: ArrayLike, axes: str) -> NDArray[np.bool_]:
        """Convert to bool and check the shape.

        Parameters
        ----------
        name, value, axes
            The arguments of `floats`.

        Returns
        -------
        numpy.ndarray
            bool, shape as named.

        Raises
        ------
        ValueError
            If the shape is wrong.
        """
        array = np.asarray(value).astype(bool)
        self._check(name, array.shape, axes)
        return array

    def names(self, name: str, value: ArrayLike, axes: str) -> NDArray[np.str_]:
        """Convert to strings and check the shape.

        Parameters
        ----------
        name, value, axes
            The arguments of `floats`.

        Returns
        -------
        numpy.ndarray
            str, shape as named.

        Raises
        ------
        ValueError
            If the shape is wrong.
        """
        array = np.asarray(value).astype(np.str_)
        self._check(name, array.shape, axes)
        return array

    def _check(self, name: str, shape: tuple[int, ...], axes: str) -> None:
        expected = axes.split()
        wanted = f"{name} must have shape [{', '.join(expected)}]"
        if len(shape) != len(expected):
            raise ValueError(f"{wanted}, not {shape}.")
        for axis, size in zip(expected, shape, strict=True):
            if axis.isdigit():
                if size != int(axis):
                    raise ValueError(f"{wanted}, not {shape}.")
                continue
            known, source = self._sizes.setdefault(axis, (size, name))
            if size == 0:
                raise ValueError(f"{wanted} with at least one {axis}, not {shape}.")
            if size != known:
                raise ValueError(f"{wanted} with {axis} = {known} as in {source}, not {shape}.")
