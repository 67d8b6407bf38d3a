pub mod setup;
pub mod trajectory;
pub use setup::Setup;
pub use trajectory::Trajectory;
/// Runs one replicate.
pub fn run(setup: &Setup, seed: u64, replicate: u32, snapshot: bool) -> Trajectory {
    let _ = (setup, seed, replicate, snapshot);
    todo!()
}
