//! How often each thing has happened.

/// Counters, one for each rare event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Changes of difficulty.
    pub retargets: u32,
    /// Deliveries of new rigs.
    pub deliveries: u32,
    /// Orders of new rigs.
    pub orders: u32,
    /// Purchases from the idle stock.
    pub used_bought: u32,
    /// Purchases on free power after the best class of used rigs was sold out.
    pub next_class: u32,
    /// Sales of rigs without a future.
    pub hopeless_sold: u32,
    /// Sales of idle rigs for the sake of their place.
    pub idle_cleared: u32,
    /// Classes of rigs displaced for want of power.
    pub displaced: u32,
    /// Mining halls ordered with the rigs for them.
    pub halls_built: u32,
    /// Of these, and of newcomers' and the first day's, those that rigs have come to.
    pub halls_opened: u32,
    /// Halls that were smaller than wanted because grids connect only so much.
    pub waiting_for_grid: u32,
    /// Reviews at which power was given up.
    pub power_given_up: u32,
    /// AI contracts signed.
    pub signed: u32,
    /// Of these, in halls that stood empty.
    pub relet: u32,
    /// New halls signed on pipelines.
    pub new_halls: u32,
    /// Mining halls signed to be turned over.
    pub retrofits: u32,
    /// AI halls energised.
    pub energised: u32,
    /// Further parts of halls energised.
    pub filled: u32,
    /// AI projects abandoned.
    pub abandoned: u32,
    /// Years of rent completed.
    pub escalated: u32,
    /// Leases that ended or tenants that defaulted.
    pub vacated: u32,
    /// Vacant halls that mine again.
    pub mined_again: u32,
    /// Pipelines grown, campus by campus.
    pub pipelines_grown: u32,
    /// Project loans repaid.
    pub loans_repaid: u32,
    /// Sites whose owner cleared their arrears.
    pub rescued: u32,
    /// Insolvencies.
    pub insolvent: u32,
    /// Of these, sites that went to who had taken another of the same campus.
    pub same_successor: u32,
    /// Leases that went to a successor.
    pub leases_handed_over: u32,
    /// Sites that opened again.
    pub reopened: u32,
    /// Days on which strategic miners stood still.
    pub days_off: u32,
    /// Sites closed by schedule.
    pub closed: u32,
    /// Entrants.
    pub entered: u32,
}
