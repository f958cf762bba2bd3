//! [`Request`]: what a client asks for, read from the kernel's bytes.

use crate::message::{CN_PROC, what};

/// What a client wants from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// `PROC_CN_MCAST_LISTEN`: these events.
    Listen(u32),
    /// `PROC_CN_MCAST_IGNORE`.
    Ignore,
    /// An operation that does not exist.
    Unknown,
}

/// One request, and the `ack` that its answer counts on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) wish: Wish,
    pub(crate) ack: u32,
}

/// Lengths of a `struct nlmsghdr`, and of that with a `struct cn_msg`.
const NETLINK: usize = 16;
const BOTH: usize = NETLINK + 20;

impl Request {
    /// Reads one; `None` for what the kernel passes over in silence.
    ///
    /// KERNEL: drivers/connector/connector.c `cn_rx_skb` and cn_proc.c `cn_proc_mcast_ctl`: the lengths must fit, the data is an
    /// operation, or one with a set of events; an empty set, or one of unknown events only, is every event.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Request> {
        let length = usize::try_from(word(bytes, 0)?).ok()?;
        let data = usize::from(half(bytes, NETLINK + 16)?);
        let is_ours = (word(bytes, NETLINK)?, word(bytes, NETLINK + 4)?) == (CN_PROC, CN_PROC);
        if !is_ours || length > bytes.len() || length < BOTH + data {
            return None;
        }
        let events = match data {
            4 => what::ALL,
            8 => word(bytes, BOTH + 4)? & what::ALL,
            _ => return None,
        };
        let wish = match word(bytes, BOTH)? {
            1 => Wish::Listen(if events == what::NONE { what::ALL } else { events }),
            2 => Wish::Ignore,
            _ => Wish::Unknown,
        };
        Some(Request { wish, ack: word(bytes, NETLINK + 12)? })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request as a client lays it out, with this data.
    fn request(data: &[u32]) -> Vec<u8> {
        let n_bytes = 4 * data.len() as u32;
        let words = [36 + n_bytes, 3, 0, 77, 1, 1, 5, 9, n_bytes];
        words.iter().chain(data).flat_map(|word| word.to_le_bytes()).collect()
    }

    fn wish(data: &[u32]) -> Option<Wish> {
        Request::decode(&request(data)).map(|request| request.wish)
    }

    #[test]
    fn what_a_client_may_ask() {
        assert_eq!(wish(&[1]), Some(Wish::Listen(what::ALL)));
        assert_eq!(wish(&[2]), Some(Wish::Ignore));
        assert_eq!(wish(&[3]), Some(Wish::Unknown));
        assert_eq!(wish(&[1, what::EXIT | 0x400]), Some(Wish::Listen(what::EXIT)));
        assert_eq!(wish(&[1, 0]), Some(Wish::Listen(what::ALL)));
        assert_eq!(wish(&[1, 0x400]), Some(Wish::Listen(what::ALL)));
        assert_eq!(Request::decode(&request(&[1])).map(|request| request.ack), Some(9));
    }

    #[test]
    fn what_is_passed_over() {
        assert_eq!(wish(&[]), None);
        assert_eq!(wish(&[1, 1, 1]), None);
        let good = request(&[1]);
        for cut in 0..good.len() {
            assert_eq!(Request::decode(&good[..cut]), None, "{cut}");
        }
        for (at, value) in [(0, 39), (0, 41), (16, 2), (20, 2), (32, 5)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert_eq!(Request::decode(&bad), None, "{at}");
        }
    }
}
