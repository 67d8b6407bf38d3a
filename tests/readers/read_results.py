"""Reads a results folder with readers that are not ours and checks what they see.

    python read_results.py RESULTS [GUIDE.md]

pyarrow and duckdb are needed; pandas and polars are used where they are there. With a guide, its
Python blocks are run in order, with RESULTS as the folder that they read; blocks that need a package
which is not there are named and passed over.
"""

import importlib.util
import json
import math
import os
import re
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

KEYS = {
    "runs": ["scenario", "replicate"],
    "series": ["scenario", "replicate", "day", "height"],
    "regions": ["scenario", "replicate", "day", "region"],
    "leases": ["scenario", "replicate", "lease", "owner", "region", "kind", "route", "stage"],
    "miners": ["scenario", "replicate", "miner", "owner"],
}
TYPES = {"scenario": pa.string(), "replicate": pa.int32(), "day": pa.int32(), "height": pa.int32(),
         "region": pa.string(), "miner": pa.int32(), "owner": pa.string(), "activity": pa.string(),
         "lease": pa.int32(), "kind": pa.string(), "route": pa.string(), "stage": pa.string()}
MOST_ROWS, MOST_BYTES = 1 << 17, 128 << 20
TOLERANCE = 1e-9
# Costs of attacks that may not be to be had, and their reductions.
MAY_BE_NONE = re.compile(r"attack_(mix|no_sale|hired_only)(_(short|medium|long))?_usd(_\w+)?")


def close(left, right):
    return abs(left - right) <= TOLERANCE * max(1.0, abs(left), abs(right))


def check_schema(name, file, manifest):
    """Types, keys first, units in the footer, the plan's digest, null only what may not be there."""
    schema, notes = file.schema_arrow, file.schema_arrow.metadata or {}
    columns = schema.names
    assert columns[:len(KEYS[name])] == KEYS[name], f"{name}: keys are {columns[:4]}"
    swept = {key for setting in manifest["settings"].values() for key in setting}
    values = {key: [setting[key] for setting in manifest["settings"].values() if key in setting]
              for key in swept}
    switches = {key for key in swept if all(isinstance(value, bool) for value in values[key])}
    units = json.loads(notes[b"units"])
    for field in schema:
        wanted = TYPES.get(field.name, pa.bool_() if field.name in switches else pa.float64())
        text = field.name in swept and field.type == pa.string()
        assert field.type == wanted or text, f"{name}.{field.name} is {field.type}"
        may_be_none = MAY_BE_NONE.fullmatch(field.name) is not None
        assert field.nullable == may_be_none, f"{name}.{field.name}: may be null: {field.nullable}"
        described = field.name in units or field.name in TYPES or field.name in swept
        assert described, f"{name}.{field.name} has no unit"
    unknown = set(units) - set(columns)
    assert not unknown, f"{name}: units of columns that are not there: {unknown}"
    assert notes[b"plan_digest"].decode() == manifest["plan_digest"], f"{name}: another plan"
    return units


def check_groups(name, file):
    """Row groups neither too small to scan nor too large to hold."""
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    rows = [group.num_rows for group in groups]
    assert sum(rows) == file.metadata.num_rows
    assert all(count == rows[0] for count in rows[:-1]), f"{name}: groups of {set(rows)} rows"
    assert all(count <= MOST_ROWS for count in rows), f"{name}: groups of {max(rows)} rows"
    for group in groups:
        assert group.total_byte_size <= MOST_BYTES, f"{name}: {group.total_byte_size} bytes"
    if len(rows) > 1:
        full = rows[0] * 8 * file.metadata.num_columns
        assert full >= MOST_BYTES // 4 or rows[0] == MOST_ROWS, f"{name}: small row groups"
    return rows


def arrow_sums(file):
    """Sums of all numbers, a row group at a time; nothing may be not finite, and nothing null but what
    may not be there, which is left out."""
    sums = {}
    for batch in file.iter_batches(batch_size=65536):
        for column, field in zip(batch.columns, batch.schema):
            may_be_none = MAY_BE_NONE.fullmatch(field.name) is not None
            assert column.null_count == 0 or may_be_none, f"{field.name} holds nulls"
            if pa.types.is_string(field.type) or pa.types.is_boolean(field.type):
                continue
            values = column.drop_null().to_numpy()
            assert math.isfinite(float(abs(values).max(initial=0.0))), f"{field.name} is not finite"
            sums.setdefault(field.name, []).append(float(values.sum(dtype="float64")))
    return {name: math.fsum(parts) for name, parts in sums.items()}


def duckdb_sums(path, columns):
    """The same sums by a reader that shares no code with the first."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
    number = "CAST({0} AS DOUBLE)"
    there = f"coalesce(sum({number}), 0), count({{0}})"
    picked = ", ".join(there.format(name) for name in quoted)
    row = duckdb.execute(f"SELECT count(*), {picked} FROM read_parquet(?)", [str(path)]).fetchall()[0]
    rows, values = row[0], row[1:]
    for name, count in zip(columns, values[1::2]):
        assert count == rows or MAY_BE_NONE.fullmatch(name), f"{path}: nulls in {name}"
    return rows, dict(zip(columns, values[0::2]))


def other_sums(path, column):
    """The sum of one column by the data frames people use, where they are installed."""
    sums = {}
    if importlib.util.find_spec("pandas"):
        import pandas
        sums["pandas"] = float(pandas.read_parquet(path, columns=[column])[column].sum())
    if importlib.util.find_spec("polars"):
        import polars
        sums["polars"] = polars.scan_parquet(path).select(polars.col(column).sum()).collect().item()
    return sums


def check_file(folder, name, manifest):
    path = folder / f"{name}.parquet"
    file = pq.ParquetFile(path)
    units = check_schema(name, file, manifest)
    groups = check_groups(name, file)
    sums = arrow_sums(file)
    rows, others = duckdb_sums(path, list(sums))
    assert rows == file.metadata.num_rows
    for column, value in sums.items():
        assert close(value, others[column]), f"{name}.{column}: {value} and {others[column]}"
    numbers = [column for column in sums if column not in TYPES]
    frames = other_sums(path, numbers[0])
    for reader, value in frames.items():
        assert close(value, sums[numbers[0]]), f"{name}.{numbers[0]} by {reader}: {value}"
    print(f"{name}: {rows} rows in groups of {groups[0] if groups else 0}, {len(units)} units, "
          f"{len(sums)} sums the same by pyarrow, duckdb {' '.join(frames)}")
    return file


def check_counts(folder, manifest):
    """Every scenario has its replicates, each once, and records for all of them."""
    query = """SELECT scenario, count(*), count(DISTINCT replicate) FROM read_parquet(?)
               GROUP BY scenario"""
    counts = duckdb.execute(query, [str(folder / "runs.parquet")]).fetchall()
    failed = {}
    for failure in manifest.get("failed", []):
        failed[failure["scenario"]] = failed.get(failure["scenario"], 0) + 1
    assert all(count == distinct for _, count, distinct in counts), "a run is there twice"
    assert {name for name, _, _ in counts} <= set(manifest["scenarios"])
    if "stopping" not in json.loads((folder / "plan.json").read_text())["plan"]:
        for name, count, _ in counts:
            wanted = manifest["replicates"] - failed.get(name, 0)
            assert count == wanted, f"{name}: {count} runs of {wanted}"
    query = "SELECT DISTINCT scenario, replicate FROM read_parquet(?) ORDER BY ALL"
    runs, series = (duckdb.execute(query, [str(folder / f"{name}.parquet")]).fetchall()
                    for name in ("runs", "series"))
    assert runs == series, "runs and series are not of the same runs"


def check_regions(folder):
    """What the power of a region is used for is all of it, and the regions are the world."""
    by_use = ["mining_mw", "idle_mw", "converting_mw", "hosting_mw", "vacant_mw"]
    parts = ["hash_rate_ehs", *by_use, "developing_mw", "pipeline_mw"]
    regions, series = (str(folder / f"{name}.parquet") for name in ("regions", "series"))
    gap = f"abs({' + '.join(by_use)} - connected_mw) / greatest(1, connected_mw)"
    rows, most = duckdb.execute(f"SELECT count(*), max({gap}) FROM read_parquet(?)",
                                [regions]).fetchall()[0]
    if rows == 0:
        return
    assert most <= TOLERANCE, f"regions: power by use differs by {most}"
    sums = ", ".join(f"sum({name}) AS {name}" for name in parts)
    gaps = ", ".join(f"max(abs(r.{name} - s.{name}) / greatest(1, abs(s.{name})))" for name in parts)
    keys = "scenario, replicate, day"
    query = f"""SELECT count(*), {gaps} FROM
                (SELECT {keys}, {sums} FROM read_parquet(?) GROUP BY ALL) r
                JOIN read_parquet(?) s USING ({keys})"""
    shared, *most = duckdb.execute(query, [regions, series]).fetchall()[0]
    assert shared > 0 and max(most) <= TOLERANCE, f"regions and series: {dict(zip(parts, most))}"
    print(f"regions: connected power is the sum of its uses, series that of the regions on {shared} days")


def run_guide(guide, folder):
    """Runs the Python blocks of a guide one after the other, in one name space."""
    os.environ["HASHFLIGHT_RESULTS"] = str(folder)
    os.environ.setdefault("MPLBACKEND", "Agg")
    blocks = re.findall(r"^```python\n(.*?)^```", guide.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks, f"{guide} has no Python blocks"
    space, done = {"__name__": "guide"}, 0
    for number, block in enumerate(blocks, 1):
        packages = re.findall(r"^(?:import|from) (\w+)", block, re.MULTILINE)
        absent = [name for name in packages if not importlib.util.find_spec(name)]
        if absent:
            print(f"SKIPPED: block {number} of {guide.name} needs {', '.join(absent)}")
            continue
        exec(compile(block, f"{guide.name}, block {number}", "exec"), space)
        done += 1
    print(f"{guide.name}: {done} of {len(blocks)} blocks run")


def main(arguments):
    folder = Path(arguments[0]).resolve()
    manifest = json.loads((folder / "manifest.json").read_text())
    present = [name for name in KEYS if (folder / f"{name}.parquet").exists()]
    assert "runs" in present and "series" in present, f"{folder} holds {present}"
    for name in present:
        check_file(folder, name, manifest)
    check_counts(folder, manifest)
    if "regions" in present:
        check_regions(folder)
    for guide in arguments[1:]:
        run_guide(Path(guide).resolve(), folder)


if __name__ == "__main__":
    main(sys.argv[1:])
