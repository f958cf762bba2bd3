//! The table of utrace's signal actions, row by row: what a signal would do, and how it is made to do something else.

use super::disposition::{Delivery, Dispositions};
use super::{EngineEvent, SignalAction};
use watchers::Signal;

/// What each signal would do, by its disposition, and what is delivered so that it does something else.
#[test]
fn signals_and_their_dispositions() {
    use SignalAction::{Core, Deliver, Ign, Stop, Term, Tstp};
    let bit = |signal: Signal| 1u64 << (signal.as_raw() - 1);
    let table = [
        (Signal::SIGTERM, Term, EngineEvent::SignalTerm),
        (Signal::SIGKILL, Term, EngineEvent::SignalTerm),
        (Signal::SIGQUIT, Core, EngineEvent::SignalCore),
        (Signal::SIGSEGV, Core, EngineEvent::SignalCore),
        (Signal::SIGCHLD, Ign, EngineEvent::SignalIgn),
        (Signal::SIGCONT, Ign, EngineEvent::SignalIgn),
        (Signal::SIGSTOP, Stop, EngineEvent::SignalStop),
        (Signal::SIGTSTP, Tstp, EngineEvent::SignalStop),
        (Signal::SIGTTOU, Tstp, EngineEvent::SignalStop),
        (Signal::MAX, Term, EngineEvent::SignalTerm),
    ];
    for (signal, action, event) in table {
        let default = Dispositions::default();
        assert_eq!((default.action(signal), default.event(signal)), (action, event), "{signal}");
        let caught = Dispositions { caught: bit(signal), ..default };
        assert_eq!((caught.action(signal), caught.event(signal)), (Deliver, EngineEvent::Signal), "{signal}");
        let ignored = Dispositions { ignored: bit(signal), ..default };
        assert_eq!(
            (ignored.action(signal), ignored.event(signal)),
            (Ign, EngineEvent::SignalIgn),
            "{signal}"
        );
        let by_itself = if action == Ign { Delivery::Nothing } else { Delivery::Of(signal) };
        assert_eq!(default.delivery(signal, action), by_itself, "{signal}");
    }
}

/// An action, what is delivered where the program has arranged for this signal only, and where for all.
type Row = (SignalAction, Delivery, Delivery);

#[test]
fn how_a_signal_is_made_to_do_something_else() {
    use Delivery::{ByDefault, Later, Nothing, Of};
    use SignalAction::{Core, Deliver, Handler, Hold, Ign, Report, Stop, Term, Tstp};
    let (term, quit, tstp, stop) = (Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGSTOP);
    let bit = |signal: Signal| 1u64 << (signal.as_raw() - 1);
    let everything = Dispositions { caught: u64::MAX, ignored: 0 };
    let table: [(Signal, [Row; 9]); 3] = [
        (
            Signal::SIGUSR1,
            [
                (Ign, Nothing, Nothing),
                (Report, Nothing, Nothing),
                (Handler, Nothing, Nothing),
                (Hold, Later, Later),
                (Deliver, Of(Signal::SIGUSR1), Of(Signal::SIGUSR1)),
                // Its own default: so the status shows the signal that has come.
                (Term, ByDefault(Signal::SIGUSR1), ByDefault(Signal::SIGUSR1)),
                (Core, Of(quit), ByDefault(quit)),
                (Stop, Of(stop), Of(stop)),
                (Tstp, Of(tstp), Of(stop)),
            ],
        ),
        (
            Signal::SIGABRT,
            [
                (Ign, Nothing, Nothing),
                (Report, Nothing, Nothing),
                (Handler, Nothing, Nothing),
                (Hold, Later, Later),
                (Deliver, Of(Signal::SIGABRT), Of(Signal::SIGABRT)),
                (Term, Of(term), ByDefault(term)),
                (Core, ByDefault(Signal::SIGABRT), ByDefault(Signal::SIGABRT)),
                (Stop, Of(stop), Of(stop)),
                (Tstp, Of(tstp), Of(stop)),
            ],
        ),
        (
            Signal::SIGTSTP,
            [
                (Ign, Nothing, Nothing),
                (Report, Nothing, Nothing),
                (Handler, Nothing, Nothing),
                (Hold, Later, Later),
                (Deliver, Of(tstp), Of(tstp)),
                (Term, Of(term), ByDefault(term)),
                (Core, Of(quit), ByDefault(quit)),
                (Stop, Of(stop), Of(stop)),
                (Tstp, Of(Signal::SIGTTIN), Of(stop)),
            ],
        ),
    ];
    for (signal, rows) in table {
        let only = Dispositions { caught: bit(signal), ignored: 0 };
        for (action, where_only, where_all) in rows {
            assert_eq!(only.delivery(signal, action), where_only, "{signal} {action:?}");
            assert_eq!(everything.delivery(signal, action), where_all, "{signal} {action:?}");
        }
    }
}
