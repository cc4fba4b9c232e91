"""Labels of real pictures: the record, the files, the sheets on which they are drawn for review.

The pictures themselves are not in the repository. A label is tied to its picture by sha256.
"""
