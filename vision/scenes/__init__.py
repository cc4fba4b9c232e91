"""Rendered Japanese street scenes with exact truth: training pictures and the rehearsal clip.

`python -m vision.scenes.dataset` makes labelled pictures; `python -m vision.scenes.walk` films a walk
along a planned route. Both need the `scenes` extra and off-screen OpenGL (Debian libegl1, libgl1,
libgl1-mesa-dri). Only `gl` touches OpenGL; everything else is arithmetic on triangles.
"""
