//! The tests of the whole, as one program: theory, invariants, equality with a plain loop, files, verbs.
//!
//! `cargo test --test suite NAME` runs those whose path has NAME in it, such as `submit::`. Tests that
//! count all memory, pin bits or need a real scheduler are programs of their own.

mod architecture;
mod assumptions;
mod attack_assumptions;
mod attack_published;
mod attack_theory;
mod calc;
mod calibration;
mod calibration_theory;
mod chain_history;
mod chain_theory;
mod cli;
mod closures;
mod common_random_numbers;
mod conservation;
mod cut;
mod damage;
mod design;
mod designed_results;
mod determinism;
mod discovery;
mod documents;
mod experiment_config;
mod experiment_design;
mod experiment_runner;
mod experiment_scale;
mod hindcast;
mod import;
mod investment_theory;
mod measure;
mod null_models;
#[path = "../reference/mod.rs"]
mod reference;
mod reference_equality;
mod report;
mod retarget_laboratory;
mod retarget_theory;
mod rolling;
mod security_theory;
mod sensitivity;
mod signs_hosting;
mod signs_mining;
#[cfg(unix)]
mod submit;
mod supply_curve;
#[path = "../support/mod.rs"]
mod support;
