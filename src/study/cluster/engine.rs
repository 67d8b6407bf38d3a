//! The schedulers that are known.

/// A scheduler that tasks can be handed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Slurm: submitted.
    Slurm,
    /// PBS Professional and OpenPBS: printed.
    Pbs,
    /// IBM Spectrum LSF: printed.
    Lsf,
    /// Grid Engine and its heirs: printed.
    Sge,
    /// Kubernetes, an indexed job: printed.
    K8s,
    /// HyperQueue: printed.
    Hq,
    /// GNU parallel: printed.
    Parallel,
}

impl Engine {
    /// All, by the names they have on the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("slurm", Self::Slurm),
        ("pbs", Self::Pbs),
        ("lsf", Self::Lsf),
        ("sge", Self::Sge),
        ("k8s", Self::K8s),
        ("hq", Self::Hq),
        ("parallel", Self::Parallel),
    ];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, engine)| *engine == self).map_or("", |(name, _)| name)
    }
}
