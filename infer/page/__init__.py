"""Where the page lies in a picture, by its grid: the map from its millimetres to pixels."""
