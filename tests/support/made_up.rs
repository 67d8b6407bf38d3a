//! A history of the real chain with a made-up price, for what must be tested without real prices.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hashflight::model::chain::difficulty::CompactTarget;

use super::repository;

/// The real chain with the price of a made-up market: its hash rate is real, so its hashprice is not.
pub fn chain_with_made_up_price(folder: &Path) -> PathBuf {
    let mut reader = csv::Reader::from_path(repository("experiments/data/difficulty_epochs.csv"))
        .expect("the file is shipped");
    let mut text =
        "epoch,first_height,first_time,bits,difficulty,hash_rate_ehs,price_usd,fee_share\n"
            .to_owned();
    for record in reader.records().map(|record| record.expect("every row is a record")) {
        let number = |column: usize| record[column].parse::<f64>();
        let (Ok(epoch), Ok(first), Ok(last)) = (number(0), number(2), number(3)) else { continue };
        if epoch < 138.0 {
            continue;
        }
        let bits = u32::from_str_radix(&record[5], 16).expect("hexadecimal digits");
        let difficulty = CompactTarget::new(bits).expect("a target of the chain").difficulty();
        let ehs = 2_015.0 * difficulty * 4_294_967_296.0 / (last - first) / 1e18;
        let price = 400.0 * libm::exp((epoch - 138.0) / 55.0);
        let [epoch, height, first] = [0, 1, 2].map(|column| record[column].to_owned());
        writeln!(text, "{epoch},{height},{first},{bits:08x},{difficulty},{ehs},{price},0.01")
            .expect("a string takes all");
    }
    let path = folder.join("history.csv");
    std::fs::write(&path, text).expect("written");
    path
}
