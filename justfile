# Steps of .ci/run, one at a time: `just` lists them. https://just.systems

_list:
    @{{ just_executable() }} --list --unsorted

# After every edit: format, then tests inside the library, of the order of imports and of the documents
quick:
    cargo fmt
    cargo test --lib
    cargo test --test suite -- architecture:: documents::

# Format and lints, warnings as errors
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# Every claim that has a test, or some: `just test --test suite signs_hosting`
test *ARGUMENTS:
    cargo test --locked {{ ARGUMENTS }}

# Runs the three examples
examples:
    cargo run --locked --example one_run
    cargo run --locked --example sweep
    cargo run --locked --example own_decision_rule

# Rewrites what the documents have from the code, and the scripts that `submit` prints
docs:
    UPDATE_DOCS=1 cargo test --test suite documents
    UPDATE_GOLDEN=1 cargo test --test suite submit

# Rewrites the published digests and the pinned year: results have changed on purpose
repin:
    HASHFLIGHT_REPIN=1 cargo test --test digests
    HASHFLIGHT_REPIN=1 cargo test --test suite determinism
    git diff --stat -- docs/digests.md tests/pinned

# Speed of the engine, quickly; `just bench` before and after a change of a kernel
bench *ARGUMENTS="--quick":
    cargo bench --locked --bench engine -- {{ ARGUMENTS }}

# The main study whole: 200 runs, tables, figures
main *ARGUMENTS:
    cargo run --release --locked -- run experiments/ai-counterfactual.toml {{ ARGUMENTS }}

# All checks, half an hour
ci:
    bash .ci/run
