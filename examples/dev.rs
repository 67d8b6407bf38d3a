use hashflight::simulation::trajectory::SERIES;
use hashflight::simulation::{Setup, run};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u32 = args.get(1).map_or(5000, |a| a.parse().unwrap());
    let days: u32 = args.get(2).map_or(1095, |a| a.parse().unwrap());
    let ai: bool = args.get(3).is_none_or(|a| a == "on");
    let mut setup: Setup =
        serde_json::from_str(&std::fs::read_to_string("/tmp/setup.json").unwrap()).unwrap();
    setup.miners.population.count = n;
    setup.simulation.horizon_days = days;
    setup.ai.enabled = ai;
    let rep: u32 = args.get(4).map_or(0, |a| a.parse().unwrap());
    let t0 = std::time::Instant::now();
    let t = run(&setup, 1, rep, false);
    let dt = t0.elapsed();
    let k = t.records.len();
    for c in SERIES {
        let v: Vec<f64> = t.records.iter().map(c.value).collect();
        print!("{:28}", c.name);
        for i in 0..=8 {
            print!(" {:>12.5}", v[i * (k - 1) / 8] as f32);
        }
        println!();
    }
    println!(
        "{:?} total, {:.2} ns per miner-day, {} records",
        dt,
        dt.as_nanos() as f64 / (n as f64 * days as f64),
        k
    );
}
