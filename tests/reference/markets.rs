//! Environment: the price, fees, power, AI demand and the prices of rigs move by a day.

use hashflight::model::chain::hashprice::margin_per_hash;
use hashflight::model::hosting::tenders::{incumbents_supply, market_rent, tenders_left};
use hashflight::model::market::energy::{
    ConnectionRivals, ai_tariff_push, connections_left, tariff_level, weather_availability,
};
use hashflight::model::market::price::{
    daily_volatility, diffusion_log_return, jump_log_return, sales_impact,
};
use hashflight::model::market::rigs::{
    buyers_price, expanded_capacity, idle_discount, new_price, production_cost, scarcity,
    used_price,
};
use hashflight::model::market::stochastic::{decay, logistic_growth, mean_reverting_step};
use hashflight::numerics::sampling::{
    categorical, exponential, lognormal, lognormal_with_mean, normal, poisson,
};
use hashflight::random::Need;
use hashflight::units::{
    Btc, BtcPrice, DAYS_PER_MONTH, DAYS_PER_YEAR, Efficiency, Hashprice, Power, RigPrice, Tariff,
    Usd, UsdPerWatt,
};
use hashflight::world::market::rigs::shipped_efficiency;
use hashflight::world::market::spec::{AiDemandSpec, PriceProcess};
use hashflight::world::market::state::{HostingKind, Tender};

use super::Model;

impl Model {
    /// The exogenous path, the same in every scenario, times the impact of miners' sales.
    pub fn move_price(&mut self) {
        let shocked = self.clock.is(self.market.price.shock_day);
        let shock = if shocked { self.market.price.shock_log } else { 0.0 };
        self.bitcoin.log_exogenous += shock + self.log_return();
        let spec = &self.market.price;
        let faded = self.bitcoin.impact_log * decay(1.0, spec.impact_half_life_days);
        let fresh = sales_impact(
            spec.impact_coefficient,
            daily_volatility(spec.annual_volatility),
            self.sales.sold - self.sales.absorbed,
            self.bitcoin.price,
            Usd(spec.daily_volume_usd),
        );
        self.bitcoin.impact_log = faded + fresh;
        self.bitcoin.price =
            BtcPrice(libm::exp(self.bitcoin.log_exogenous + self.bitcoin.impact_log));
    }

    fn log_return(&self) -> f64 {
        let (spec, day) = (&self.market.price, self.clock.day);
        let u = self.draws.draw(Need::PriceDiffusion(day));
        let diffused = diffusion_log_return(spec.annual_drift, spec.annual_volatility, normal(u));
        match spec.process {
            PriceProcess::Gbm => diffused,
            PriceProcess::JumpDiffusion => {
                let [n, size] = self.draws.draw_pair(Need::PriceJumps(day));
                let (mean, sd) = (spec.jump_mean_log, spec.jump_sd_log);
                diffused + jump_log_return(spec.jumps_per_year, mean, sd, n, size)
            }
            PriceProcess::Replay => {
                let at = |day: u32| spec.replay_usd.get(day as usize);
                at(day).zip(at(day - 1)).map_or(diffused, |(now, then)| libm::log(now / then))
            }
        }
    }

    /// A log-AR(1) level and spikes that fade, or the replayed series.
    pub fn move_fees(&mut self) {
        let (spec, fees, day) = (&self.market.fees, &mut self.fees, self.clock.day);
        let [level, spike] = self.draws.draw_pair(Need::Fees(day));
        let kept = decay(1.0, spec.half_life_days);
        fees.log_level = mean_reverting_step(fees.log_level, 0.0, kept, spec.sd_log, normal(level));
        fees.log_spike *= decay(1.0, spec.spike_half_life_days);
        if spike < spec.spikes_per_year / DAYS_PER_YEAR {
            let height = self.draws.draw(Need::FeeSpike(day));
            fees.log_spike += exponential(height, spec.spike_mean_log);
        }
        let odds = spec.initial_share / (1.0 - spec.initial_share);
        fees.per_block = match spec.replay_btc.get(day as usize) {
            Some(&replayed) => Btc(replayed),
            None => self.market.initial_subsidy * odds * libm::exp(fees.log_level + fees.log_spike),
        };
    }

    /// Spot power, storms and the push of AI load, region by region.
    /// What grids connect in a day once other data centres have had theirs.
    fn connect_a_day(&mut self) {
        let (spec, years) = (&self.market.energy, self.clock.years());
        let rivals = ConnectionRivals {
            shared: spec.connections_shared_part,
            others: spec.others_connections_part,
            growth: spec.shared_connections_growth,
            others_growth: spec.others_connections_growth,
        };
        let asked = Power::from_mw(spec.connections_mw_per_year);
        let yearly = asked * connections_left(&rivals, years);
        self.connections.yearly = yearly;
        self.connections.left = (self.connections.left + yearly / DAYS_PER_YEAR).min(yearly);
    }

    pub fn move_power(&mut self) {
        self.connect_a_day();
        let (spec, grid, day) = (&self.market.energy, &mut self.grid, self.clock.day);
        let z = normal(self.draws.draw(Need::Uptime(day)));
        let kept = decay(1.0, spec.uptime_half_life_days);
        let log = libm::log(grid.uptime_factor);
        grid.uptime_factor = libm::exp(mean_reverting_step(log, 0.0, kept, spec.uptime_sd_log, z));
        for (r, region) in self.market.regions.iter().enumerate() {
            let [level, spike] = self.draws.draw_pair(Need::SpotPower(r as u32, day));
            let kept = decay(1.0, spec.spot_half_life_days);
            let z = normal(level);
            grid.log_spot[r] =
                mean_reverting_step(grid.log_spot[r], 0.0, kept, spec.spot_sd_log, z);
            let spiked = spike < spec.spot_spikes_per_year / DAYS_PER_YEAR;
            let factor = if spiked { spec.spot_spike_factor } else { 1.0 };
            grid.spot[r] = factor * libm::exp(grid.log_spot[r]);

            let storm = self.draws.draw(Need::Weather(r as u32, day));
            let exposure = region.weather_exposure;
            let storm = storm < spec.weather_shocks_per_year / DAYS_PER_YEAR;
            if exposure > 0.0 && (storm || spec.storm_days.iter().any(|&day| self.clock.is(day))) {
                grid.shock_began[r] = Some(day);
            }
            if let Some(began) = grid.shock_began[r] {
                let (depth, age) = (spec.weather_depth * exposure, f64::from(day - began));
                let (onset, recovery) = (spec.weather_onset_days, spec.weather_recovery_days);
                grid.availability[r] = weather_availability(depth, age, onset, recovery);
            }

            let (added, mining) = (self.load.added_ai[r], self.load.mining[r]);
            grid.ai_push[r] = ai_tariff_push(self.market.ai_tariff_slope, added, mining);
            grid.level[r] = tariff_level(spec.annual_tariff_drift, self.clock.years())
                * (1.0 + grid.ai_push[r]);
        }
    }

    /// What incumbents supply and leave over, the rent at which that clears, and the day's tenders.
    pub fn move_ai_demand(&mut self) {
        let Some(spec) = self.market.ai.clone() else { return };
        let (demand, day, years) = (&mut self.demand, self.clock.day, self.clock.years());

        let asked =
            spec.demand_gw_per_year * logistic_growth(spec.ceiling, spec.growth_rate, years);
        let miners = demand.signed_last_year.mw() / 1e3;
        let lag = ((spec.incumbents_lag_months * DAYS_PER_MONTH) as u32).max(1);
        // The rent of day 1 comes first.
        let rent_then = if day > lag { demand.rent_ratios[(day - lag) as usize - 1] } else { 1.0 };
        let (base, growth) = (spec.incumbents_gw_per_year, spec.incumbents_growth);
        let incumbents =
            incumbents_supply(base, growth, years, rent_then, spec.incumbents_elasticity);
        demand.incumbents_ratio = incumbents / base;
        if day == 1 {
            demand.opening_ratio = Some(spec.demand_gw_per_year / (base + miners));
        }

        let noise = self.draws.draw(Need::Rent(day));
        let bust = self.draws.draw(Need::Bust(day));
        let kept = decay(1.0, spec.rent_half_life_days);
        let (sd, z) = (spec.rent_level_sd_log, normal(noise));
        demand.log_level = mean_reverting_step(demand.log_level, 0.0, kept, sd, z);
        demand.log_bust *= decay(1.0, spec.bust_half_life_days);
        if bust < spec.bust_per_year / DAYS_PER_YEAR {
            demand.log_bust += spec.bust_log;
        }
        if self.clock.is(spec.shift_day) {
            demand.log_shift = spec.shift_log;
        }
        let opening = demand.opening_ratio.expect("day 1 has been");
        let elasticities = spec.demand_elasticity + spec.incumbents_elasticity;
        let cleared = market_rent(1.0, asked / (incumbents + miners), opening, elasticities);
        let rent = cleared * libm::exp(demand.log_level + demand.log_bust + demand.log_shift);
        demand.rent_ratios.push(rent);
        demand.colocation_musd = spec.market_rent_musd * rent;
        demand.gpu_cloud_musd = spec.gpu_cloud_rent_musd * rent;

        demand.tenders.clear();
        let left = tenders_left(asked, incumbents, spec.tender_mean_mw) * spec.tender_share;
        let activity = libm::exp(demand.log_bust + demand.log_shift);
        let count = self.draws.draw(Need::Tenders(day));
        for k in 0..poisson(count, left * activity / DAYS_PER_YEAR) {
            self.issue_tender(&spec, k);
        }
    }

    fn issue_tender(&mut self, spec: &AiDemandSpec, k: u32) {
        let day = self.clock.day;
        let [size, kind] = self.draws.draw_pair(Need::TenderSize(k, day));
        let [_, term] = self.draws.draw_pair(Need::TenderRent(k, day));
        let [tenant, backed] = self.draws.draw_pair(Need::TenderTenant(k, day));
        let [valuation, quality] = self.draws.draw_pair(Need::TenderNeeds(k, day));
        let due = self.draws.draw(Need::TenderDue(k, day));
        let gpu = kind < spec.gpu_cloud_share;
        let colocation_term = spec.term_years[categorical(term, &spec.term_probability)];
        let it = Power::from_mw(lognormal_with_mean(size, spec.tender_mean_mw, spec.tender_sd_log));
        self.demand.asked += it;
        self.demand.tenders.push(Tender {
            number: k as u16,
            kind: if gpu { HostingKind::GpuCloud } else { HostingKind::Colocation },
            it,
            term_years: if gpu { spec.gpu_cloud_term_years } else { colocation_term },
            tenant: ((tenant * spec.tenants) as u32).min(spec.tenants as u32 - 1),
            backed: backed < spec.backed_share,
            due_months: lognormal(due, spec.due_months, spec.due_sd_log),
            quality: spec.quality_asked * libm::pow(quality, spec.quality_power),
            valuation: lognormal(valuation, 1.0, spec.valuation_sd_log),
        });
    }

    /// Appetite of all miners for rigs, its mean, and how strongly orders answer paybacks.
    pub fn move_appetite(&mut self) {
        let (spec, day) = (&self.policy.spec.appetite, self.clock.day);
        let [x, m] = self.draws.draw_pair(Need::Appetite(day)).map(normal);
        let y = normal(self.draws.draw(Need::OrderElasticity(day)));
        let a = &mut self.appetite;
        let kept = decay(1.0, spec.mean_half_life_days);
        a.log_mean = mean_reverting_step(a.log_mean, 0.0, kept, spec.mean_sd_log, m);
        let kept = decay(1.0, spec.half_life_days);
        a.log_orders = mean_reverting_step(a.log_orders, a.log_mean, kept, spec.sd_log, x);
        let kept = decay(1.0, spec.elasticity_half_life_days);
        let sd = spec.elasticity_sd_log;
        a.log_elasticity = mean_reverting_step(a.log_elasticity, 0.0, kept, sd, y);
    }

    /// New rigs between cost and what buyers would pay with a lag, used ones by margin and by how many stand idle.
    pub fn price_rigs(&mut self) {
        let (spec, manufacturers, years) =
            (&self.market.rigs, &mut self.manufacturers, self.clock.years());
        let tariff = Tariff::from_usd_per_mwh(spec.marginal_tariff_usd_per_mwh);
        let outlook = self.outlook;
        let margin = |e: Efficiency| -> Hashprice { margin_per_hash(outlook, e, tariff, 1.0) };

        let efficiency = shipped_efficiency(spec, years);
        manufacturers.efficiency = efficiency;
        let waiting = manufacturers.unmade / manufacturers.daily_capacity - manufacturers.lead_days;
        let queue = waiting.max(0.0) / manufacturers.lead_days.max(1.0);
        let (trend, response) = (spec.annual_capacity_growth, spec.queue_capacity_growth);
        let built = manufacturers.daily_capacity;
        manufacturers.daily_capacity =
            expanded_capacity(built, trend, response, queue, 1.0 / DAYS_PER_YEAR);
        let cost = production_cost(UsdPerWatt(spec.production_cost_usd_per_w), efficiency);
        let worth = buyers_price(margin(efficiency), spec.buyers_payback_months);
        let target = new_price(cost, worth, scarcity(spec.scarcity_without_queue, queue));
        let kept = decay(1.0, spec.price_half_life_days);
        manufacturers.price = target + (manufacturers.price - target) * kept;

        let stock = &mut self.stock;
        let idle = stock.total() + self.fleet.idle;
        let scrap = RigPrice::from_usd_per_th(spec.scrap_usd_per_th);
        stock.discount = idle_discount(spec.used_price_idle_slope, idle, self.fleet.installed);
        for (price, &efficiency) in stock.price.iter_mut().zip(&stock.efficiency) {
            let earned = margin(efficiency);
            *price = used_price(earned, spec.used_payback_months, stock.discount, scrap);
        }
    }

    /// Part of the rigs that are worth no more than scrap goes to scrap.
    pub fn scrap_idle(&mut self) {
        let spec = &self.market.rigs;
        let share = spec.monthly_scrap_rate / DAYS_PER_MONTH;
        let scrap = RigPrice::from_usd_per_th(spec.scrap_usd_per_th);
        for bin in 0..self.stock.price.len() {
            if self.stock.price[bin] <= scrap {
                let gone = self.stock.take(bin, self.stock.hash_rate[bin] * share);
                self.stock.scrapped += gone;
            }
        }
    }
}
