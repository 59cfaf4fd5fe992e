//! From samples to statistics: histograms, timelines, page and request tables, thresholds, the
//! verdict. Pure folds over [`crate::sample::Sample`]; prints nothing, writes nothing.
