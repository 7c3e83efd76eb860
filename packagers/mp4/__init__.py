"""ISO base media files: boxes as declarations (ISO/IEC 14496-12 and what builds on it).

To add a box: declare it in the module of its subject with the clause in its docstring, list it in
`registry.DECLARATIONS`, and add its bytes to the table of `tests/unit/packagers/mp4/test_boxes.py`.
"""
