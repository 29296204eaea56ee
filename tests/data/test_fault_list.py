"""Fifty-four things that people's data do wrong, each with the tests that show what happens then.

A test that is renamed or taken away, or a fault without one, fails here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent

#: Number, the fault in a few words, and its tests: a file of this folder (or below ``tests/``)
#: and the names in it.
FAULTS: tuple[tuple[int, str, dict[str, tuple[str, ...]]], ...] = (
    # tables as text
    (1, "an empty file", {"table_faults": ("an_empty_file_has_no_rows",)}),
    (2, "a header and nothing below", {"table_faults": ("a_header_alone_has_no_rows",)}),
    (
        3,
        "numbers already in the first line: found, shown, and changed by hand",
        {
            "table_faults": ("a_missing_header_is_detected_and_can_be_forced",),
            "ui/dialogs/open_data": ("what_was_found_is_said_and_can_be_changed",),
        },
    ),
    (
        4,
        "titles, comments and units around the header",
        {
            "table_faults": (
                "a_preamble_is_skipped_with_a_note",
                "a_line_of_units_is_left_out",
            ),
        },
    ),
    (
        5,
        "cells cut by semicolons, tabs, bars or blanks; changeable",
        {
            "table_faults": (
                "delimiters_are_detected",
                "runs_of_blanks_win_over_one_tab",
                "a_single_column_asks_for_another_delimiter",
            ),
            "ui/dialogs/open_data": ("what_was_found_is_said_and_can_be_changed",),
        },
    ),
    (
        6,
        "decimal commas",
        {
            "table_faults": ("a_decimal_comma_is_detected",),
            "number_texts": ("what_is_no_number_beside_decimal_commas_counts_as_missing",),
        },
    ),
    (
        7,
        "bytes of Windows, Latin-1 and the Mac, with the place of the first odd one",
        {
            "table_faults": ("other_encodings_are_read_with_a_note_naming_the_first_odd_byte",),
            "fault_words": ("one_byte_encodings_are_named_with_their_first_odd_byte",),
        },
    ),
    (
        8,
        "UTF-16 and byte order marks",
        {
            "table_faults": ("byte_order_marks_do_not_reach_the_first_name",),
            "fault_words": ("wide_encodings_and_their_marks_leave_the_names_alone",),
        },
    ),
    (
        9,
        "line ends of other systems, and several kinds in one file",
        {
            "table_faults": ("line_ends_of_other_systems",),
            "fault_words": ("lines_may_end_in_several_ways_in_one_file",),
        },
    ),
    (
        10,
        "commas, line ends and quotes inside of quotes",
        {
            "table_faults": (
                "quoted_commas_newlines_and_doubled_quotes",
                "stray_quotes_inside_cells_are_kept",
            ),
            "fault_words": ("the_csv_spectrum_reads_as_pythons_own_reader_reads_it",),
        },
    ),
    (
        11,
        "a quote that is never closed: its line, and no memory for an endless cell",
        {
            "table_faults": (
                "an_unclosed_quote_is_refused_with_its_line",
                "open_quotes_name_the_line_where_the_first_opens",
            ),
            "table_blocks": ("a_quote_that_is_never_closed_is_told_with_its_line",),
            "fault_words": ("an_open_quote_early_in_a_big_file_takes_no_memory_for_one_cell",),
        },
    ),
    (
        12,
        "lines with too many or too few cells: how many, the first five, fill, skip or stop",
        {
            "fault_words": ("bad_lines_are_counted_and_the_first_five_named",),
            "table_blocks": ("odd_lines_are_told_as_for_the_whole",),
            "table_head": ("bad_lines_are_counted_and_listed",),
            "ui/dialogs/table_wizard": ("bad_lines_are_listed",),
        },
    ),
    (
        13,
        "columns without a name or with the same one",
        {"table_faults": ("repeated_and_empty_names_are_changed_and_shown",)},
    ),
    (
        14,
        "values missing in many spellings: counted, and dropped or filled as was chosen",
        {
            "table_faults": (
                "every_marker_of_a_missing_value_is_counted_and_none_reaches_training",
            ),
            "tables": (
                "missing_values_are_filled_from_the_training_rows",
                "gaps_can_be_filled_with_any_number",
            ),
            "preparing": (
                "a_missing_number_is_filled_as_the_column_says",
                "rows_are_left_out_for_one_column_alone",
            ),
        },
    ),
    (
        15,
        "infinite numbers, and those that no float holds",
        {
            "table_faults": (
                "infinite_numbers_count_as_missing",
                "a_number_too_large_to_reckon_with_counts_as_missing",
            ),
        },
    ),
    (
        16,
        "words, currencies and per cent among numbers",
        {
            "table_faults": (
                "text_among_numbers_makes_a_text_column_and_lists_the_cells",
                "currency_and_percent_become_numbers_when_asked",
            ),
            "table_foot": (
                "a_foot_is_pointed_out_and_left_out_when_said",
                "words_elsewhere_are_no_foot",
                "a_foot_is_of_one_file_alone",
                "the_command_line_names_the_option_and_takes_it",
                "a_sum_under_a_column_of_texts_is_pointed_out",
                "words_of_sums_elsewhere_are_no_foot",
            ),
            "ui/dialogs/open_data_target": ("a_line_of_sums_is_left_out_and_taken_in_again",),
        },
    ),
    (
        17,
        "dates, and numbers of 18 digits that are names",
        {
            "tables": (
                "columns_are_typed_by_what_they_hold",
                "long_whole_numbers_are_names_of_rows_not_rounded_numbers",
            ),
            "preparing": ("dates_become_the_parts_that_vary",),
        },
    ),
    (
        18,
        "a category of thousands of values: a warning before it becomes as many inputs",
        {
            "fault_words": ("thousands_of_categories_are_left_out_or_warned_of",),
            "limits": ("categories_that_become_too_many_columns_are_refused",),
        },
    ),
    (
        19,
        "a column that never varies",
        {"tables": ("a_constant_column_does_not_divide_by_zero",)},
    ),
    (
        20,
        "very many columns, a huge cell, a huge file: estimate, progress, cancel",
        {
            "opening_faults": (
                "a_table_of_twenty_thousand_columns_opens",
                "a_cell_of_five_megabytes_opens",
                "a_big_table_tells_its_progress_and_stops_within_a_second",
            ),
            "limits": ("a_table_that_would_not_fit_is_refused_with_both_figures",),
            "large": ("a_table_on_disk_is_the_table_in_memory",),
        },
    ),
    (
        21,
        "NUL bytes, and pictures with the name of a table",
        {"table_faults": ("a_file_that_is_no_text_is_called_by_its_name",)},
    ),
    (
        22,
        "targets from which nothing can be learnt: said, and training stays off",
        {
            "table_faults": (
                "a_target_without_any_value_is_refused",
                "one_class_only_is_refused_before_training",
                "one_row_per_class_leaves_nothing_for_validation",
                "a_target_with_too_many_numbers_is_no_list_of_classes",
            ),
            "fault_words": ("a_target_that_cannot_be_learnt_leaves_training_off",),
        },
    ),
    # pictures
    (
        23,
        "broken, cut and empty pictures: skipped, listed, counted; many are asked about",
        {
            "images": (
                "broken_pictures_are_skipped_listed_and_counted",
                "every_skipped_file_is_listed_with_its_reason",
                "how_many_files_were_of_no_use_is_known",
            ),
            "ui/dialogs/open_data_pictures": ("many_unreadable_pictures_are_asked_about",),
        },
    ),
    (
        24,
        "a picture that claims billions of pixels",
        {"images": ("a_decompression_bomb_is_refused_by_its_size",)},
    ),
    (
        25,
        "a name that says another format than the file is of",
        {
            "images": (
                "a_wrong_extension_does_not_matter",
                "broken_pictures_are_skipped_listed_and_counted",
            ),
        },
    ),
    (
        26,
        "many sizes, and shapes as of a thread",
        {
            "images": (
                "different_sizes_become_the_most_common_one",
                "pictures_of_an_extreme_shape_are_pointed_out",
            ),
        },
    ),
    (
        27,
        "grey, coloured, transparent, printed, deep and one-bit pictures together",
        {"images": ("every_kind_of_colour_becomes_one_and_16_bits_are_scaled",)},
    ),
    (
        28,
        "pictures that lie on their side",
        {"images": ("pictures_lying_on_their_side_are_turned",)},
    ),
    (
        29,
        "moving pictures and pages",
        {
            "images": ("moving_pictures_give_their_first_frame",),
            "fault_words": ("of_several_pages_the_first_is_taken",),
        },
    ),
    (
        30,
        "folders that are laid out otherwise, and what systems leave in them",
        {
            "images": (
                "empty_class_folders_are_left_out_and_said",
                "one_class_only_is_explained",
                "pictures_in_the_root_are_explained",
                "nested_folders_are_explained",
                "an_outer_folder_leads_to_the_class_folders",
                "hidden_files_are_ignored_without_a_word",
            ),
        },
    ),
    (
        31,
        "names of classes in any script, with any sign, of any length",
        {
            "opening_faults": ("class_names_of_any_kind_are_shown_as_they_are",),
            "fault_words": ("class_names_of_a_list_come_back_from_a_project_as_they_were",),
            "ui/dialogs/open_data": ("markup_in_names_is_only_text",),
        },
    ),
    (
        32,
        "links in circles or to nowhere, no right to read, a network that stalls",
        {
            "fault_words": (
                "links_that_lead_nowhere_are_named_with_their_reason",
                "a_file_without_the_right_to_read_it_is_named",
            ),
            "patience": (
                "cancel_answers_while_a_file_does_not",
                "a_file_that_does_not_answer_is_skipped_with_its_reason",
                "a_folder_that_does_not_answer_is_told",
            ),
        },
    ),
    (
        33,
        "very many pictures: progress and a quick cancel while listing, decoding and keeping",
        {"cancelling": ("cancel_answers_within_a_second_at_any_moment",)},
    ),
    (
        34,
        "files that change or go while they are open",
        {
            "opening_faults": ("files_may_go_once_they_are_open",),
            "fault_words": ("a_picture_set_keeps_its_rows_when_its_files_go",),
            "ui/keeping": ("what_is_open_stays_while_other_data_fail",),
        },
    ),
    (
        35,
        "one picture in two classes, or to train on and to test",
        {
            "opening_faults": (
                "a_picture_in_two_classes_is_pointed_out",
                "a_picture_in_training_and_test_is_pointed_out",
            ),
        },
    ),
    (
        36,
        "formats that only other programs draw",
        {"fault_words": ("other_programs_pictures_are_no_pictures_here",)},
    ),
    # idx
    (
        37,
        "another beginning, an unknown type",
        {"idx": ("a_wrong_magic_or_unknown_type_is_refused",)},
    ),
    (
        38,
        "a header or a body that is cut off",
        {"idx": ("a_truncated_header_or_body_says_expected_and_found",)},
    ),
    (
        39,
        "billions of items, products beyond 64 bits, 255 dimensions: nothing is taken",
        {
            "idx": (
                "a_header_that_claims_billions_is_refused_before_memory_is_taken",
                "255_dimensions_are_refused",
            ),
            "fault_words": ("what_an_idx_header_claims_is_not_taken_before_it_is_checked",),
        },
    ),
    (40, "bytes behind the last one", {"idx": ("trailing_bytes_are_noted",)}),
    (
        41,
        "more pictures than labels",
        {"idx": ("images_and_labels_that_do_not_match_in_number_are_refused",)},
    ),
    (42, "pictures and labels swapped", {"idx": ("swapped_files_are_noticed",)}),
    (
        43,
        "archives that are damaged, cut, none, or unpack without end",
        {
            "idx": (
                "a_damaged_archive_is_refused",
                "a_bomb_is_not_unpacked_beyond_what_its_header_names",
                "a_name_that_says_gz_without_being_one",
            ),
            "limits": ("an_archive_that_unpacks_to_far_more_than_pictures_do_is_refused",),
            "fault_words": ("an_idx_archive_that_unpacks_beyond_its_header_is_not_unpacked",),
        },
    ),
    (
        44,
        "other types of number, other orders of bytes, numbers that are none",
        {
            "idx": (
                "every_type_of_number_gives_its_values",
                "a_wrong_magic_or_unknown_type_is_refused",
                "numbers_that_are_not_finite_are_counted",
            ),
        },
    ),
    # arrays
    (45, "pickled programs", {"arrays": ("pickles_are_refused_and_nothing_runs",)}),
    (
        46,
        "shapes and archives that would fill memory and disk",
        {
            "arrays": (
                "shapes_that_the_file_does_not_bear_out_are_refused",
                "a_bomb_is_refused_by_its_declared_size",
            ),
            "large_arrays": (
                "what_fits_neither_memory_nor_disk_is_refused",
                "a_member_that_claims_more_than_its_packing_can_hold_is_refused",
            ),
            "large_pictures": ("what_fits_neither_memory_nor_disk_is_refused",),
        },
    ),
    (
        47,
        "names that do not say which array is which",
        {
            "arrays": ("what_is_not_clear_is_listed_and_can_be_named",),
            "ui/dialogs/open_data_formats": ("arrays_whose_names_say_nothing_are_chosen",),
        },
    ),
    (
        48,
        "inputs without labels: both ways out are named, in the window too",
        {
            "arrays": ("pictures_without_labels_ask_for_them",),
            "unlabelled": (
                "pictures_without_labels_are_refused_or_given_back",
                "a_table_of_one_array_says_that_its_target_is_a_choice",
                "the_command_line_names_both_ways_and_takes_them",
            ),
            "ui/dialogs/open_data_target": (
                "pictures_without_labels_offer_to_be_given_back",
                "a_table_without_labels_can_be_given_back",
            ),
        },
    ),
    (49, "arrays of different lengths", {"arrays": ("lengths_that_differ_are_refused",)}),
    (
        50,
        "labels that are no numbers from 0 on",
        {
            "arrays": (
                "classes_are_the_values_that_occur",
                "labels_that_are_measures_are_no_classes_of_pictures",
            ),
            "picture_numbers": (
                "measures_in_a_list_are_learnt_as_numbers",
                "whether_numbers_are_classes_is_guessed_said_and_changed",
                "more_numbers_than_there_are_classes",
                "gaps_and_words_among_the_numbers_are_told",
            ),
        },
    ),
    (
        51,
        "types, fields and shapes that are no inputs",
        {"fault_words": ("arrays_that_are_no_inputs_are_refused_by_type_and_shape",)},
    ),
    (
        52,
        "small floats, other orders of bytes and of axes",
        {"arrays": ("other_types_orders_and_layouts_give_the_same_pictures",)},
    ),
    (
        53,
        "numbers that are not finite: counted, and a choice in tables",
        {
            "arrays": ("numbers_that_are_not_finite_are_counted",),
            "fault_words": ("not_finite_numbers_of_an_array_table_are_gaps_to_decide_about",),
        },
    ),
    (
        54,
        "damaged or cut archives, and names that occur twice",
        {
            "arrays": ("a_damaged_archive_is_refused",),
            "fault_words": ("a_name_that_is_in_an_archive_twice_is_refused",),
        },
    ),
)


def path_of(name: str) -> Path:
    """``idx`` is the file of that name here, ``ui/dialogs/open_data`` one beside."""
    folder, _, file = name.rpartition("/")
    return (HERE.parent / folder if folder else HERE) / f"test_{file}.py"


@cache
def found_in(path: Path) -> dict[str, int]:
    """The tests of a file, each with how many statements assert or expect something."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found[node.name] = sum(
                isinstance(inner, ast.Assert)
                or (isinstance(inner, ast.Attribute) and inner.attr in ("raises", "warns"))
                for inner in ast.walk(node)
            )
    return found


def test_every_fault_has_its_number() -> None:
    assert [number for number, _, _ in FAULTS] == list(range(1, 55))
    assert len({words for _, words, _ in FAULTS}) == 54


@pytest.mark.parametrize(
    ("number", "tests"), [(number, tests) for number, _, tests in FAULTS], ids=str
)
def test_the_tests_of_a_fault_are_there(number: int, tests: dict[str, tuple[str, ...]]) -> None:
    assert tests
    for file, names in tests.items():
        assert names
        there = found_in(path_of(file))
        for name in names:
            assert there.get(f"test_{name}"), f"fault {number}: {file} lacks test_{name}"
