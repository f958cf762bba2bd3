//! [`Subscriber`]: one client.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SendFlags, recv, send};

use crate::message::{Message, what};
use crate::request::{Request, Wish};

/// What a client's socket is to hold, in bytes of kernel memory; the kernel may grant less (`net.core.wmem_max`). A message
/// takes some hundreds.
const ROOM: usize = 1 << 20;

/// Room for any request; a longer message is none.
const LONGEST_REQUEST: usize = 64;

/// One client, and what it wants.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) socket: OwnedFd,
    wanted: u32,
}

/// What a client has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Request(Request),
    /// Something that the kernel would not heed either.
    Nonsense,
    /// Nothing, for now.
    Nothing,
    /// It has hung up.
    Goodbye,
}

impl Subscriber {
    /// A client that has asked for nothing yet, and gets nothing.
    pub(crate) fn new(socket: OwnedFd) -> Subscriber {
        // It stays as large as it is where this is refused.
        let _ = net::sockopt::set_socket_send_buffer_size(&socket, ROOM);
        Subscriber { socket, wanted: what::NONE }
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.wanted != what::NONE
    }

    /// The next thing that it says.
    pub(crate) fn hear(&self) -> Said {
        let mut bytes = [0; LONGEST_REQUEST];
        match recv(&self.socket, &mut bytes, RecvFlags::DONTWAIT) {
            Ok((0, _)) => Said::Goodbye,
            Ok((length, _)) => match bytes.get(..length).and_then(Request::decode) {
                Some(request) => Said::Request(request),
                None => Said::Nonsense,
            },
            Err(Errno::AGAIN | Errno::INTR) => Said::Nothing,
            Err(_) => Said::Goodbye,
        }
    }

    /// Takes its wish to heart; the errno of the answer, 0 for none.
    pub(crate) fn heed(&mut self, wish: Wish) -> u32 {
        match wish {
            Wish::Listen(events) => self.wanted = events,
            Wish::Ignore => self.wanted = what::NONE,
            Wish::Unknown => return Errno::INVAL.raw_os_error().unsigned_abs(),
        }
        0
    }

    /// Whether the message is for it.
    ///
    /// KERNEL: drivers/connector/cn_proc.c `cn_filter`. Whoever asked for some events only gets no answers.
    pub(crate) fn wants(&self, message: &Message) -> bool {
        let nonzero = self.wanted & what::NONZERO_EXIT != 0 && message.is_failure();
        self.wanted == what::ALL || nonzero || self.wanted & message.what() != 0
    }

    /// Sends, waiting for room if need be.
    ///
    /// # Errors
    ///
    /// ETIMEDOUT: there was none in all this time. EPIPE, ECONNRESET: it has hung up.
    pub(crate) fn send(&self, bytes: &[u8], patience: Duration) -> Result<(), Errno> {
        let mut since = None;
        loop {
            match send(&self.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let waited = since.get_or_insert_with(Instant::now).elapsed();
                    self.await_room(patience.checked_sub(waited).ok_or(Errno::TIMEDOUT)?);
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    fn await_room(&self, at_most: Duration) {
        let time = Timespec::try_from(at_most).ok();
        // However it ends, the next attempt to send says why.
        let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::OUT)], time.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;
    use crate::message::Named;

    fn pair() -> (Subscriber, OwnedFd) {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        (Subscriber::new(ours), theirs)
    }

    #[test]
    fn the_kernels_filter() {
        let exit =
            |code| Message::Exit { task: Named::default(), code, signal: 17, parent: Named::default() };
        let all = [Message::Ack { errno: 0, of: 0 }, Message::Exec(Named::default()), exit(0), exit(256)];
        let (mut subscriber, _theirs) = pair();
        for (wish, wanted) in [
            (Wish::Listen(what::ALL), [true, true, true, true]),
            (Wish::Listen(what::EXEC), [false, true, false, false]),
            (Wish::Listen(what::EXIT), [false, false, true, true]),
            (Wish::Listen(what::NONZERO_EXIT), [false, false, false, true]),
            (Wish::Ignore, [false; 4]),
            (Wish::Unknown, [false; 4]),
        ] {
            let errno = subscriber.heed(wish);
            assert_eq!(errno == 22, wish == Wish::Unknown);
            assert_eq!(all.map(|message| subscriber.wants(&message)), wanted, "{wish:?}");
        }
    }

    #[test]
    fn who_reads_nothing_is_given_up() {
        let (subscriber, theirs) = pair();
        let send = || subscriber.send(&[7; 76], Duration::from_millis(1));
        let n_held = std::iter::repeat_with(send).take(1 << 16).take_while(Result::is_ok).count();
        assert!((200..1 << 16).contains(&n_held), "{n_held} messages fit");
        assert_eq!(send(), Err(Errno::TIMEDOUT));
        drop(theirs);
        assert_eq!(send(), Err(Errno::CONNRESET));
        assert_eq!(subscriber.hear(), Said::Goodbye);
    }
}
