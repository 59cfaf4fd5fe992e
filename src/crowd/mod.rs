//! Virtual users in time: schedule, pacing, think time, feeds, the life of a user, and the
//! generator's own health. Knows no CDP: it drives [`crate::browser::Driver`], with a scripted
//! fake in tests.
