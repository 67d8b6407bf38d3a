//! Whatever is wrong with an experiment file is found when it is read, and named.

use std::path::Path;

use crate::support::made_up::chain_with_made_up_price;
use hashflight::clock::{iso_date, unix_day};
use hashflight::history::calibration::CalibrationSpec;
use hashflight::history::hindcast::{Hindcast, WindowRequest};
use hashflight::study::error::ConfigError;
use hashflight::study::experiment::config::Tree;
use hashflight::study::experiment::plausible::{OutOfRange, lines};
use hashflight::study::experiment::posterior;
use hashflight::study::experiment::{Experiment, Overrides, ParameterSets};
use hashflight::world::miners::state::Site;
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::{begin, run};

/// Loads a file of this text that extends the built-in baseline.
fn load(text: &str) -> Result<Experiment, ConfigError> {
    load_with(text, &Overrides::default())
}

fn load_with(text: &str, overrides: &Overrides) -> Result<Experiment, ConfigError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, format!("extends = \"baseline\"\n{text}")).expect("a file in it");
    Experiment::load(&path, overrides)
}

/// The message without the folder of the file.
fn complaint(text: &str) -> String {
    let message = load(text).expect_err(text).to_string();
    message[message.find("mine.toml").unwrap_or(0)..].to_owned()
}

/// What a file may get wrong, and how that is put.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[market.price]\ninital_usd = 1.0",
        "mine.toml: market.price.inital_usd: no such key; \
             did you mean \"market.price.initial_usd\"?",
    ),
    (
        "[markte.price]\ninitial_usd = 1.0",
        "mine.toml: markte: no such key; did you mean \"market\"?",
    ),
    ("[not_a_section]\nnonsense = 1", "mine.toml: not_a_section: no such key"),
    (
        "market = 3",
        "mine.toml: market = 3: is a section; set one of its keys, such as market.price.process",
    ),
    (
        "[market.energy]\nmedian_tariff_usd_per_mwh = -45",
        "mine.toml: market.energy.median_tariff_usd_per_mwh = -45: \
             must be between 0 and 1000 USD/MWh",
    ),
    (
        "[market.energy]\nmedian_tariff_usd_per_mwh = nan",
        "mine.toml: market.energy.median_tariff_usd_per_mwh = nan: must be a finite number",
    ),
    (
        "[market.energy]\nmedian_tariff_usd_per_mwh = \"45\"",
        "mine.toml: market.energy.median_tariff_usd_per_mwh = \"45\": must be a finite number",
    ),
    (
        "[market.price]\nprocess = \"gmb\"",
        "mine.toml: market.price.process = \"gmb\": must be one of gbm, jump_diffusion, replay",
    ),
    (
        "[market.price]\nprocess = \"replay\"",
        "mine.toml: market.price.replay_file = \"\" (from built-in baseline.toml): \
             market.price.process = \"replay\" needs a CSV file",
    ),
    (
        "[market.price]\nreplay_file = \"absent.csv\"",
        "mine.toml: market.price.replay_file = \"absent.csv\": there is no file ",
    ),
    ("[ai]\nenabled = 1", "mine.toml: ai.enabled = 1: must be true or false"),
    (
        "[miners.population]\ncount = 2.5",
        "mine.toml: miners.population.count = 2.5: must be a whole number from 0 to 4294967295",
    ),
    (
        "[miners.treasury]\npayout_days = 0.5",
        "mine.toml: miners.treasury.payout_days = 0.5: must be between 1 and 36525 days",
    ),
    (
        "[miners.treasury]\npayout_days = { value = 0.5, allowed = [0, 9] }",
        "mine.toml: miners.treasury.payout_days = 0.5: must be at least 1: ",
    ),
    (
        "[ai.conversion]\ndebt_cover = { value = 0, allowed = [0, 9] }",
        "mine.toml: ai.conversion.debt_cover = 0: must be above 0",
    ),
    (
        "[ai.demand]\ndemand_elasticity = 0\nincumbents_elasticity = 0",
        "mine.toml: ai.demand.demand_elasticity = 0: must be above 0 together with",
    ),
    ("[ai.demand]\nterm_years = [10.0]", "mine.toml: ai.demand.term_probability = "),
    (
        "[ai.demand]\nterm_years = [10, 15]\nterm_probability = [0.5, 0.6]",
        "mine.toml: ai.demand.term_probability = [0.5, 0.6]: must add up to 1",
    ),
    (
        "[simulation]\nrecord_every_days = 20\nhorizon_days = 10",
        "mine.toml: simulation.record_every_days = 20: \
             must not exceed simulation.horizon_days = 10",
    ),
    (
        "[chain]\nfirst_day = \"2025-02-30\"",
        "mine.toml: chain.first_day = \"2025-02-30\": \
             must be a day YYYY-MM-DD of 2009 to 2099",
    ),
    (
        "[chain]\nbits = \"1d010000\"",
        "mine.toml: chain.bits = \"1d010000\": must not be easier than ",
    ),
    (
        "[experiment]\nreplicates = 0",
        "mine.toml: experiment.replicates = 0: must be a whole number from 1 to 1000000",
    ),
    (
        "[experiment]\nseed = -1",
        "mine.toml: experiment.seed = -1: must be a whole number from 0 to ",
    ),
    (
        "[experiment]\nreplicate = 5",
        "mine.toml: experiment.replicate: no such key; did you mean \"experiment.replicates\"?",
    ),
    (
        "[experiment]\nname = \"../evil\"",
        "mine.toml: experiment.name = \"../evil\": must have 1 to 100 of A-Z a-z 0-9 . _ - and start with neither . nor -",
    ),
    ("[experiment]\nname = \"\"", "mine.toml: experiment.name = \"\": must have "),
    ("[experiment]\nname = \"-rf\"", "mine.toml: experiment.name = \"-rf\": must have "),
    ("[experiment]\nname = 3", "mine.toml: experiment.name = 3: must be a text in quotes"),
    (
        "[[scenario]]\nname = \"a\"\n[[scenario]]\nname = \"a\"",
        "mine.toml: scenario[1].name = \"a\": another scenario has this name",
    ),
    (
        "[[scenario]]\nnam = \"a\"",
        "mine.toml: scenario[0].nam: no such key; did you mean \"scenario[0].name\"?",
    ),
    ("[[scenario]]\nset = {}", "mine.toml: scenario[0].name is missing"),
    ("[[scenario]]\nname = \"a/b\"", "mine.toml: scenario[0].name = \"a/b\": must have "),
    ("scenario = []", "mine.toml: scenario = []: must be a list of tables, [[scenario]]"),
    (
        "[[scenario]]\nname = \"a\"\nset = { \"ai.enabeld\" = false }",
        "mine.toml, scenario \"a\": ai.enabeld: no such key; did you mean \"ai.enabled\"?",
    ),
    (
        "[[scenario]]\nname = \"a\"\nset = { \"ai.enabled\" = 0 }",
        "mine.toml, scenario \"a\": ai.enabled = 0: must be true or false",
    ),
    (
        "[[scenario]]\nname = \"a\"\n[[contrast]]\ntreatment = \"a\"\ncontrol = \"b\"",
        "mine.toml: contrast[0].control = \"b\": the scenarios are a",
    ),
    (
        "[[scenario]]\nname = \"a\"\n[[contrast]]\ntreatment = \"a\"\ncontrol = \"a\"",
        "mine.toml: contrast[0].control = \"a\": is the treatment itself",
    ),
    ("[[miners.pools]]\nname = \"P\"\nshare = 0.5", "mine.toml: miners.pools[0].fee is missing"),
    (
        "[[miners.pools]]\nname = \"P\"\nshare = 0.5\nfees = 0.1",
        "mine.toml: miners.pools[0].fees: no such key; did you mean \"miners.pools[0].fee\"?",
    ),
    (
        "[[miners.pools]]\nname = \"P\"\nshare = -0.5\nfee = 0.1\npays_expected = true\n\
             template_group = \"\"\nsource = \"\"",
        "mine.toml: miners.pools[0].share = -0.5: must be a finite number, not negative",
    ),
    (
        "[[miners.pools]]\nname = \"P\"\nshare = 1.5\nfee = 0.1\npays_expected = true\n\
             template_group = \"\"\nsource = \"\"",
        "mine.toml: miners.pools[*].share = 1.5: \
             the shares of all pools must add up to at most 1, and to more than 0",
    ),
    (
        "[[miners.pools]]\nname = \"P\"\nshare = 1.0\nfee = 0.1\npays_expected = true\n\
             template_group = \"\"\nsource = \"\"",
        "mine.toml: miners.owners[0].pool = ",
    ),
    (
        "[[market.regions]]\nname = \"R\"\nhash_share = 0.5\ntariff_factor = 1\n\
             carbon_kg_per_mwh = 1\nweather_exposure = 0\nai_readiness = 1\nsource = \"\"",
        "mine.toml: market.regions[*].hash_share = 0.5: \
             the shares of all regions must add up to 1",
    ),
    (
        "[security]\npreparation_days_compared = [365, 90, 1095]",
        "mine.toml: security.preparation_days_compared = [365.0, 90.0, 1095.0]: \
             must be three times to prepare, rising from short to long",
    ),
    ("[security]\npreparation_days_compared = [90, 365]", "must be three times to prepare"),
];

#[test]
fn every_mistake_is_named_with_file_key_value_and_what_is_allowed() {
    for &(text, expected) in MISTAKES {
        let message = load(text).expect_err(text).to_string();
        assert!(message.contains(expected), "{text}\n  gave  {message}\n  not   {expected}");
    }
}

#[test]
fn a_whole_owner_row_is_checked_against_regions_and_pools() {
    let owner = |region: &str, class: &str| {
        format!(
            "[[miners.owners]]\nname = \"O\"\nclass = \"{class}\"\nregion = \"{region}\"\n\
             pool = \"none\"\nhash_rate_ehs = 1\nefficiency_j_per_th = 20\n\
             tariff_usd_per_mwh = 40\nsites = 1\npipeline_mw = 0\ncoins_btc = 0\ncash_musd = 0\n\
             debt_musd = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsource = \"\""
        )
    };
    let message = complaint(&owner("Atlantis", "public"));
    let start = "mine.toml: miners.owners[0].region = \"Atlantis\": the regions are ";
    assert!(message.starts_with(start), "{message}");
    let message = complaint(&owner("Atlantis", "pirate"));
    assert!(message.contains("pirate") && message.contains("owners"), "{message}");
}

/// Owners of one site each, with `ehs` of hash rate, and `more` in the first one's row.
fn owners(count: usize, ehs: f64, more: &str) -> String {
    let row = |index: usize| {
        let contract = if index == 0 { more } else { "" };
        let contracts = if contract.is_empty() {
            "pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0"
        } else {
            contract
        };
        let sites = if contract.contains("sites") { "" } else { "sites = 1\n" };
        format!(
            "[[miners.owners]]\nname = \"O{index}\"\nclass = \"industrial\"\nregion = \"texas\"\n\
             pool = \"Foundry USA\"\nhash_rate_ehs = {ehs}\nefficiency_j_per_th = 15\n\
             tariff_usd_per_mwh = 40\n{sites}coins_btc = 0\ncash_musd = 10\n\
             debt_musd = 0\nsource = \"\"\n{contracts}\n"
        )
    };
    (0..count).map(row).collect()
}

#[test]
fn fewer_sites_than_the_named_owners_need_are_refused_with_both_numbers() {
    for count in [30, 96] {
        let text = format!("[miners.population]\ncount = {count}");
        let message = complaint(&text);
        let start = format!("mine.toml: miners.population.count = {count}: must be at least 97: ");
        assert!(message.starts_with(&start) && message.contains("96 sites"), "{message}");
    }
    assert!(load("[miners.population]\ncount = 97").is_ok());
    let message = complaint(&format!("[miners.population]\ncount = 30\n{}", owners(30, 10.0, "")));
    assert!(message.contains("must be at least 31"), "{message}");
    assert!(message.contains("300 of the network's 1060 EH/s"), "{message}");
}

#[test]
fn a_list_that_carries_the_whole_network_is_closed() {
    // 30 × 35.33 EH/s is the network's 1,060, as far as two decimals go.
    let list = owners(30, 35.33, "");
    let experiment = load(&format!("[miners.population]\ncount = 30\n{list}")).expect("closed");
    let mut world = begin(&experiment.base, 7, 0);
    let sites: Vec<u32> = world.query::<&Site>().iter(&world).map(|site| site.owner).collect();
    assert_eq!(sites, (0..30).collect::<Vec<u32>>());
    let record = world.resource::<Recorder>().records[0];
    assert!((record.hash_rate.ehs() - 30.0 * 35.33).abs() < 1e-6, "{}", record.hash_rate.ehs());
    for count in [29, 31, 5000] {
        let message = complaint(&format!("[miners.population]\ncount = {count}\n{list}"));
        assert!(message.contains(&format!("count = {count}: must be 30: ")), "{message}");
        assert!(message.contains("1059.9 of 1060 EH/s"), "{message}");
    }
    let message = complaint(&format!("[miners.population]\ncount = 30\n{}", owners(30, 36.0, "")));
    let start = "mine.toml: miners.owners[*].hash_rate_ehs = 1080: the owners together must not \
                 exceed the network's 1060 EH/s";
    assert!(message.starts_with(start), "{message}");
}

#[test]
fn a_contract_that_does_not_fit_is_refused_with_what_it_needs_and_what_is_there() {
    let of = |row: &str| {
        load(&owners(1, 10.0, row)).map(|experiment| experiment.base).map_err(|e| e.to_string())
    };
    // 10 EH/s at 15 J/TH, 95 % uptime, PUE 1.05 and 5 % spare are 174.5 MW; with 100 of pipeline 274.5.
    let message = of("pipeline_mw = 100\nai_energised_mw = 0\nai_contracted_mw = 210")
        .expect_err("too large");
    for part in ["miners.owners[0].ai_contracted_mw = 210", "O0", "300.0 MW", "274.5 MW"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let fits = "pipeline_mw = 100\nai_energised_mw = 0\nai_contracted_mw = 190";
    assert!(of(fits).is_ok());
    assert!(of("sites = 1\npipeline_mw = 900\nai_energised_mw = 5\nai_contracted_mw = 30").is_ok());
    let signed = |day: &str| of(&format!("{fits}\nai_signed = \"{day}\""));
    // Whoever starts earlier keeps the list: what was signed later counts as signed on the first day.
    for day in ["2025-10-01", "2024-02-29", "2026-03-01"] {
        assert!(signed(day).is_ok(), "{day}");
    }
    for day in ["2025-09", "2025-02-29"] {
        let message = signed(day).expect_err("no day");
        let start = format!("miners.owners[0].ai_signed = \"{day}\": must be a day YYYY-MM-DD");
        assert!(message.contains(&start), "{message}");
    }
}

#[test]
fn a_network_that_shrank_has_no_rigs_of_the_last_year_and_runs() {
    // 400 EH/s after 660 with a quarter retired: nothing was added.
    let set = vec![("simulation.horizon_days".to_owned(), "28".to_owned())];
    let overrides = Overrides { miners: Some(300), set, ..Overrides::default() };
    let setup =
        load_with("[miners.population]\nhash_rate_ehs = 400", &overrides).expect("valid").base;
    let rates = run(&setup, 7, 0, false).records;
    assert!(rates.iter().all(|record| record.hash_rate.ehs() > 100.0
        && record.fleet_efficiency_j_per_th > 5.0
        && record.mining_margin.is_finite()));
}

#[test]
fn a_country_is_two_capital_letters_or_left_out() {
    let region = |country: &str| {
        format!(
            "[[market.regions]]\nname = \"here\"\n{country}hash_share = 1\ntariff_factor = 1\n\
             carbon_kg_per_mwh = 1\nweather_exposure = 0\nai_readiness = 0\nsource = \"\"\n"
        )
    };
    for wrong in ["USA", "us", "U"] {
        let message = complaint(&region(&format!("country = \"{wrong}\"\n")));
        let start =
            format!("mine.toml: market.regions[0].country = \"{wrong}\": must be two capital");
        assert!(message.starts_with(&start), "{message}");
    }
    // Good ones get as far as the owners, who stand in other regions.
    for good in ["country = \"US\"\n", ""] {
        assert!(complaint(&region(good)).contains("the regions are here"));
    }
}

#[test]
fn sites_elsewhere_stand_in_their_regions_and_leave_one_at_home() {
    let of = |row: &str| load(&owners(1, 10.0, row)).map_err(|error| error.to_string());
    let setup = of("pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsites = 3\nelsewhere = [\"canada\", \"gulf\"]").expect("two of three").base;
    let owner = &setup.miners.owners[0];
    let regions: Vec<&str> = (0..3).map(|site| owner.region_of(site)).collect();
    assert_eq!(regions, [owner.region.as_str(), "canada", "gulf"]);
    let refused = [
        (
            "pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsites = 2\nelsewhere = [\"canada\", \"gulf\"]",
            "elsewhere = 2 names: must name fewer",
        ),
        (
            "pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsites = 2\nelsewhere = [\"atlantis\"]",
            "elsewhere = \"atlantis\": the regions are",
        ),
        (
            "pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsites = 2\nelsewhere = [1]",
            "elsewhere = [1]: must be a list of texts in quotes",
        ),
        (
            "pipeline_mw = 0\nai_energised_mw = 0\nai_contracted_mw = 0\nsites = 2\nelsewhere = \"gulf\"",
            "must be a list of texts in quotes",
        ),
    ];
    for (row, part) in refused {
        let message = of(row).expect_err(row);
        assert!(message.contains(part), "{row}: {message}");
    }
}

#[test]
fn all_missing_keys_of_a_table_are_named_at_once_with_the_row_s_number() {
    let pools = "[[miners.pools]]\nname = \"P\"\nshare = 0.5\n[[miners.pools]]\nname = \"Q\"\nfee = 0.1\n\
                 share = 0.5\npays_expected = true\nsource = \"\"";
    assert_eq!(
        complaint(pools),
        "mine.toml: miners.pools[0].fee is missing, as well as pays_expected, template_group, source \
         (row 1, \"P\"); miners.pools[1].template_group is missing (row 2, \"Q\")"
    );
    assert_eq!(
        complaint("[[contrast]]\n"),
        "mine.toml: contrast[0].treatment is missing, as well as control"
    );
    let alone = tempfile::tempdir().expect("a temporary folder");
    let path = alone.path().join("alone.toml");
    let bare = "[experiment]\nreplicates = 1\nseed = 1\n[market.price]\ninitial_usd = 1000";
    std::fs::write(&path, bare).expect("a file in it");
    let message = Experiment::load(&path, &Overrides::default()).expect_err("bare").to_string();
    for part in ["alone.toml: ", "more keys are missing", "extends = \"baseline\""] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(message.len() < 800, "{message}");
}

#[test]
fn a_replayed_file_that_is_no_table_by_commas_is_named() {
    let load = |text: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("prices.csv"), text).expect("a file in it");
        let path = folder.path().join("mine.toml");
        let experiment = "extends = \"baseline\"\n[simulation]\nhorizon_days = 60\n[market.price]\n\
                          process = \"replay\"\nreplay_file = \"prices.csv\"\n";
        std::fs::write(&path, experiment).expect("a file in it");
        Experiment::load(&path, &Overrides::default()).expect_err("no table").to_string()
    };
    let long = format!("date,price_usd\n2025-10-01,{}\n", "9x".repeat(5_000));
    for (text, words) in [
        ("date;price_usd\n2025-10-01;114000,5\n", "the separator is `;` — expected `,`"),
        ("date\tprice_usd\n2025-10-01\t114000\n", "the separator is a tab — expected `,`"),
        ("[{\"date\": \"2025-10-01\", \"price_usd\": 114000}]", "this is JSON"),
        ("date,price_usd\n2025-10-01,\"114000,5\"\n", "a decimal comma? write a point"),
        ("date,price_usd\n2025/10/01,114000\n", "apart by hyphens"),
        (&long, "more characters"),
    ] {
        let message = load(text);
        assert!(message.contains(words) && message.contains("prices.csv"), "{words}: {message}");
        assert!(message.len() < 800, "{message}");
    }
}

/// Loads a file of this text beside prices of `days` days from 2025-10-01, without those of `hole`.
fn load_with_prices(
    text: &str,
    days: i64,
    hole: std::ops::Range<i64>,
) -> Result<Experiment, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = unix_day("2025-10-01").expect("a date");
    let rows = (0..days).filter(|day| !hole.contains(day));
    let rows = rows.map(|day| format!("{},{}", iso_date(first + day), 100_000 + day));
    let rows = rows.collect::<Vec<_>>().join("\n");
    let prices = folder.path().join("prices.csv");
    std::fs::write(prices, format!("date,price_usd\n{rows}\n")).expect("a file in it");
    let path = folder.path().join("mine.toml");
    let text = format!(
        "extends = \"baseline\"\n[simulation]\nhorizon_days = 60\n[market.price]\n\
         replay_file = \"prices.csv\"\n{text}"
    );
    std::fs::write(&path, text).expect("a file in it");
    Experiment::load(&path, &Overrides::default()).map_err(|error| error.to_string())
}

#[test]
fn replayed_prices_that_end_early_or_have_holes_are_refused_with_dates() {
    let replay = "process = \"replay\"\n";
    let whole = load_with_prices(replay, 61, 0..0).expect("every day is there");
    assert_eq!(whole.base.market.price.replay_usd.len(), 61);
    let message = load_with_prices(replay, 60, 0..0).expect_err("the last day is missing");
    for part in ["prices.csv", "2025-10-01 to 2025-11-29", "to 2025-11-30", "at most 59"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!message.contains("unix"), "{message}");
    let message = load_with_prices(replay, 61, 4..7).expect_err("three days are missing");
    assert!(message.contains("lack 2025-10-05 to 2025-10-07 (3 days)"), "{message}");
    let last = format!("{replay}replay_gaps = \"last\"\n");
    let prices = load_with_prices(&last, 61, 4..7).expect("bridged").base.market.price.replay_usd;
    assert_eq!(prices[3..8], [100_003.0, 100_003.0, 100_003.0, 100_003.0, 100_007.0]);
    let short = format!("{last}replay_gap_days = 2\n");
    let message = load_with_prices(&short, 61, 4..7).expect_err("too long a hole");
    assert!(message.contains("longer than market.price.replay_gap_days = 2"), "{message}");
}

#[test]
fn a_file_of_prices_that_no_scenario_replays_is_refused() {
    for text in ["", "process = \"gbm\"\n[[scenario]]\nname = \"a\"\n[[scenario]]\nname = \"b\"\n"]
    {
        let message = load_with_prices(text, 61, 0..0).expect_err("nothing is replayed");
        for part in ["market.price.replay_file = ", "is not replayed", "process = \"replay\""] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    let one = "[[scenario]]\nname = \"drawn\"\n[[scenario]]\nname = \"as-it-came\"\n\
               set = { \"market.price.process\" = \"replay\" }\n";
    assert!(load_with_prices(one, 61, 0..0).is_ok());
}

#[test]
fn hostile_texts_never_panic() {
    let texts = [
        "a.b.c.d.e.f.g = 1",
        "\"\" = 1",
        "\"market.price\" = { process = \"gbm\" }",
        "[[market]]\nx = 1",
        "[market.price.process.value]\nx = 1",
        "experiment = 3",
        "contrast = 3",
        "[experiment]\ntitle = 3",
        "[[miners.owners]]",
        "miners.owners = []",
        "market.regions = []",
        "miners.pools = [1, 2]",
        "[miners]\nowners = 3",
        "[ai.demand]\nterm_years = []\nterm_probability = []",
        "[ai.demand]\nterm_years = [[1]]",
        "[experiment]\nseed = 9223372036854775807",
        "[experiment]\nreplicates = 9223372036854775807",
        "[chain]\nheight = -5",
        "[chain]\nfirst_day = \"ééééé\"",
        "[chain]\nbits = \"ééé\"",
        "[chain]\nunix_time = 1979-05-27T07:32:00Z",
    ];
    for text in texts {
        if let Err(error) = load(text) {
            assert!(!error.to_string().is_empty(), "{text}");
        }
    }
}

#[test]
fn flags_are_named_when_they_are_wrong() {
    let set = |key: &str, value: &str| Overrides {
        set: vec![(key.to_owned(), value.to_owned())],
        ..Overrides::default()
    };
    let cases = [
        (set("no.such.key", "1"), "--set: no.such.key: no such key"),
        (
            set("ai.conversion.rule", "nvp"),
            "--set: ai.conversion.rule = \"nvp\": must be one of npv, real_option, logit",
        ),
        (
            set("market.price.initial_usd", "1e99"),
            "--set: market.price.initial_usd = 1e99: must be between ",
        ),
    ];
    for (overrides, expected) in cases {
        let message = load_with("", &overrides).expect_err(expected).to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn flags_scenarios_and_files_override_in_this_order() {
    let overrides = Overrides {
        set: vec![("market.price.initial_usd".into(), "70000".into())],
        miners: Some(100),
        seed: Some(7),
        replicates: Some(3),
    };
    let text = "[experiment]\nreplicates = 9\n[market.price]\ninitial_usd = 80000\n\
                [[scenario]]\nname = \"a\"\n[[scenario]]\nname = \"b\"\n\
                set = { market = { price = { initial_usd = 90000 } } }";
    let experiment = load_with(text, &overrides).unwrap();
    let prices: Vec<_> =
        (0..2).map(|s| experiment.setup(s).unwrap().market.price.initial_usd).collect();
    assert_eq!(prices, [70_000.0, 90_000.0]);
    assert_eq!((experiment.seed, experiment.replicates, experiment.name.as_str()), (7, 3, "mine"));
    assert_eq!(experiment.setup(0).unwrap().miners.population.count, 100);
    assert_eq!(experiment.scenarios[1].set.get("market.price.initial_usd"), Some(&90_000.0.into()));
}

#[test]
fn an_experiment_without_scenarios_has_one() {
    let experiment = load("[experiment]\ntitle = \"T\"").unwrap();
    assert_eq!(experiment.scenarios.len(), 1);
    assert_eq!(experiment.scenarios[0].name, "baseline");
    assert_eq!(experiment.title, "T");
}

#[test]
fn every_parameter_has_unit_source_meaning_and_lies_inside_its_limits() {
    let tree = Tree::baseline().unwrap();
    assert!(tree.parameters().len() > 150, "{}", tree.parameters().len());
    for parameter in tree.parameters() {
        let key = &parameter.key;
        assert!(!parameter.unit.is_empty(), "{key} has no unit");
        assert!(!parameter.source.is_empty(), "{key} has no source");
        assert!(!parameter.meaning.is_empty(), "{key} has no meaning");
        if let (Some([low, high]), Some([lowest, highest])) = (parameter.range, parameter.allowed) {
            assert!(lowest <= low && high <= highest, "{key}: the range exceeds what is allowed");
        }
    }
}

#[test]
fn all_experiments_of_the_repository_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    assert!(files.len() >= 5);
    let made_up = tempfile::tempdir().unwrap();
    let data = Some(chain_with_made_up_price(made_up.path()));
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.starts_with("calibration") {
            CalibrationSpec::load(&file).unwrap_or_else(|error| panic!("{error}"));
        } else if name.starts_with("hindcast") || name.starts_with("placebo") {
            let window = WindowRequest { data: data.clone(), ..WindowRequest::default() };
            let hindcast = Hindcast::load(&file, &window, &Overrides::default());
            let hindcast = hindcast.unwrap_or_else(|error| panic!("{error}"));
            // Draws of what deals leave of priors that are wider than what is plausible today.
            if name != "hindcast-ai-2024-fitted" {
                assert_eq!(hindcast.experiment.warnings, [], "{name}");
            }
        } else {
            let experiment = Experiment::load(&file, &Overrides::default());
            let experiment = experiment.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(experiment.warnings, [], "{name}");
        }
    }
}

/// What lies outside its plausible range: key, value, place without the folder, how many more.
fn implausible(text: &str, overrides: &Overrides) -> Vec<(String, String, String, u64)> {
    let experiment = load_with(text, overrides).unwrap_or_else(|error| panic!("{error}"));
    let line = |warning: OutOfRange| {
        let place = warning.place.rsplit('/').next().unwrap_or_default().to_owned();
        (warning.key, warning.value.to_string(), place, warning.more)
    };
    experiment.warnings.into_iter().map(line).collect()
}

#[test]
fn an_implausible_value_is_noted_wherever_it_is_given() {
    let tariff = "market.energy.median_tariff_usd_per_mwh";
    let none = Overrides::default();
    let found = |key: &str, value: &str, place: &str, more| {
        vec![(key.to_owned(), value.to_owned(), place.to_owned(), more)]
    };
    let file = "[market.energy]\nmedian_tariff_usd_per_mwh = 0.05";
    assert_eq!(implausible(file, &none), found(tariff, "0.05", "mine.toml", 0));
    let flag = Overrides { set: vec![(tariff.to_owned(), "0.05".to_owned())], ..none.clone() };
    assert_eq!(implausible("", &flag), found(tariff, "0.05", "--set", 0));
    let few = Overrides { miners: Some(300), ..none.clone() };
    assert_eq!(implausible("", &few), found("miners.population.count", "300", "--miners", 0));
    let scenario = format!("[[scenario]]\nname = \"kwh\"\nset = {{ \"{tariff}\" = 0.05 }}\n");
    let place = "mine.toml, scenario \"kwh\"";
    assert_eq!(implausible(&scenario, &none), found(tariff, "0.05", place, 0));
    let design = format!(
        "[[design]]\nname = \"d\"\nmethod = \"grid\"\n[[design.factor]]\nkey = \"{tariff}\"\n\
         values = [45.0, 0.05, 0.06, 50.0]\n"
    );
    let place = "mine.toml, scenario \"d-2\"";
    assert_eq!(implausible(&design, &none), found(tariff, "0.05", place, 1));
    // Each number of a list counts, the bounds are plausible, and so is what a file says is.
    let list = "[market.energy]\nstorm_days = [10.0, 5000.0]";
    assert_eq!(implausible(list, &none)[0].0, "market.energy.storm_days");
    let bounds = "[miners.operation]\npue = 1.02\n[ai.conversion]\nhall_load_factor = 0.9";
    assert_eq!(implausible(bounds, &none), []);
    let wide = "[miners.operation]\npue = { value = 1.5, range = [1.0, 1.6], source = \"a test\" }";
    assert_eq!(implausible(wide, &none), []);
}

#[test]
fn an_implausible_draw_is_noted_and_a_forbidden_one_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("draws.parquet");
    let load = |draws: [f64; 3]| {
        let keys = vec!["miners.operation.pue".to_owned()];
        let sets = ParameterSets { keys, sets: draws.map(|draw| vec![draw]).to_vec() };
        std::fs::write(&path, posterior::bytes(&sets, "").expect("bytes")).expect("written");
        let text = "[experiment]\nparameters = \"posterior\"\nposterior = ";
        load(&format!("{text}\"{}\"", path.display()))
    };
    assert_eq!(load([1.03, 1.05, 1.08]).expect("plausible").warnings, []);
    let warnings = load([1.05, 1.5, 1.6]).expect("allowed").warnings;
    assert_eq!((warnings.len(), warnings[0].more), (1, 1));
    let line = warnings[0].to_string();
    let said =
        "draws.parquet: miners.operation.pue = 1.5 is outside its plausible range, 1.02 to 1.1";
    assert!(line.contains(said) && line.ends_with("(and one more value)"), "{line}");
    let error = load([1.05, 0.5, 1.05]).expect_err("forbidden").to_string();
    assert!(error.contains("miners.operation.pue = 0.5: must be between 1 and 3"), "{error}");
}

#[test]
fn a_long_list_of_implausible_values_is_cut() {
    let warning = |number: usize| OutOfRange {
        key: format!("a.b{number}"),
        value: 1.0.into(),
        unit: "MW".to_owned(),
        range: [2.0, 3.0],
        place: "f".to_owned(),
        more: 0,
    };
    let list: Vec<_> = (0..20).map(warning).collect();
    let lines = lines(&list);
    assert_eq!(lines.len(), 13);
    assert_eq!(lines[0], "f: a.b0 = 1.0 MW is outside its plausible range, 2 to 3 MW");
    assert_eq!(lines[12], "… and 8 more");
}

#[test]
fn numbers_of_owners_in_another_unit_are_refused_or_pointed_out() {
    let with = |from: &str, to: &str| {
        format!("[miners.population]\ncount = 200\n{}", owners(3, 10.0, "").replacen(from, to, 1))
    };
    for (from, to, part) in [
        ("hash_rate_ehs = 10", "hash_rate_ehs = 0.0", "hash_rate_ehs = 0: must be from"),
        (
            "efficiency_j_per_th = 15",
            "efficiency_j_per_th = 0.0185",
            "must be from 1 to 10000 J/TH",
        ),
        ("tariff_usd_per_mwh = 40", "tariff_usd_per_mwh = 40000", "must be from 0 to 1000 USD/MWh"),
        ("pipeline_mw = 0", "pipeline_mw = 800000", "must be from 0 to 50000 MW"),
        ("coins_btc = 0", "coins_btc = 52850000", "must be from 0 to 21000000 BTC"),
        ("debt_musd = 0", "debt_musd = 3.6e9", "must be from 0 to 1000000 million USD"),
        ("ai_energised_mw = 0", "ai_energised_mw = 5e6", "must be from 0 to 20000 IT MW"),
    ] {
        let message = complaint(&with(from, to));
        assert!(message.contains("miners.owners[0]") && message.contains(part), "{message}");
    }
    let none = Overrides::default();
    let noted = |text: &str| -> Vec<String> {
        let keys = implausible(text, &none).into_iter().map(|noted| noted.0);
        keys.filter(|key| key.starts_with("miners.owners")).collect()
    };
    assert_eq!(noted(&with("", "")), Vec::<String>::new());
    let cents = with("tariff_usd_per_mwh = 40", "tariff_usd_per_mwh = 0.04");
    assert_eq!(noted(&cents), ["miners.owners \"O0\".tariff_usd_per_mwh"]);
    let old = with("efficiency_j_per_th = 15", "efficiency_j_per_th = 185");
    assert_eq!(noted(&old), ["miners.owners \"O0\".efficiency_j_per_th"]);
}
