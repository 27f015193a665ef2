"""The nineteen five-year age bands every figure is made on, and the finer ones that fold into them."""

BANDS: tuple[str, ...] = (*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+")


def band_of(low: int, high: int | None) -> str | None:
    """The band that holds all ages from ``low`` to ``high`` (None: open-ended); None if none does.

    A finer source band folds into its five-year band (0 and 1-4 into 0-4; 90-94 and 95+ into 90+).
    """
    if low >= 90:
        return "90+"
    if high is None or low < 0 or high < low or low // 5 != high // 5:
        return None
    return BANDS[low // 5]
