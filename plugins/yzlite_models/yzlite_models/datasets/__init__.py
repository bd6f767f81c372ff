"""Named datasets, and what a dataset module offers.

A specification assigns a dataset module to `my_model.dataset`. The module has

- `load_data() -> Path`: a folder of class folders. It is made or downloaded on first use and kept in
  `<cache>/datasets/<name>`.
- `load_data(subset) -> Path`, where the data has separate sets: `subset` is 'training', 'validation' or
  'evaluation'. If a subset's folder is that of 'training', no files were set apart for it, and the data
  generator's `validation_split` decides.
- `GENERATED = True`, where code made the data: whoever prints a result of it says so.
- `list_valid_filenames_in_directory(...)`, optionally, where the files of a class are not simply those
  in the folder of that name, or where some of them must stay together in a split.

Importing a dataset module is cheap: NumPy and what else the data needs is imported when it is made.
"""
