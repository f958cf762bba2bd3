//! [`Server`]: the clients, and what is sent to them.

use std::io;
use std::mem::MaybeUninit;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::thread::sched_getcpu;
use rustix::time::{ClockId, clock_gettime};

use std::os::fd::OwnedFd;

use crate::address::Listener;
use crate::message::{Message, Stamp};
use crate::request::Request;
use crate::subscriber::{Said, Subscriber};

/// How many requests of one client are heeded before the next event. A client that asks more often waits.
const REQUESTS_AT_ONCE: usize = 64;

/// Under which number the listener is in the set of what may be ready; clients count on from it.
const LISTENER: u64 = 0;

/// A listener, its clients, and the counts of what was sent.
#[derive(Debug)]
pub(crate) struct Server {
    listener: Listener,
    ready: OwnedFd,
    subscribers: Vec<(u64, Subscriber)>,
    last_key: u64,
    /// For each processor, how many messages were sent there.
    sent: Vec<u32>,
    pub(crate) patience: Duration,
}

impl Server {
    pub(crate) fn bind(path: &Path, patience: Duration) -> io::Result<Server> {
        let listener = Listener::bind(path)?;
        let ready = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&ready, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
        Ok(Server { listener, ready, subscribers: vec![], last_key: LISTENER, sent: vec![], patience })
    }

    /// Heeds who came and what was asked since, waiting up to `wait` for the first of it.
    pub(crate) fn serve(&mut self, wait: Duration) {
        let mut room = [MaybeUninit::uninit(); 64];
        let wait = Timespec::try_from(wait).ok();
        let Ok((ready, _)) = epoll::wait(&self.ready, &mut room, wait.as_ref()) else { return };
        let keys: [Option<u64>; 64] = std::array::from_fn(|nth| Some(ready.get(nth)?.data.u64()));
        for key in keys.into_iter().flatten() {
            match key {
                LISTENER => self.welcome(),
                client => self.attend(client),
            }
        }
    }

    /// Takes in who waits at the door, and heeds what they said there.
    fn welcome(&mut self) {
        while let Some(socket) = self.listener.accept() {
            self.last_key += 1;
            let (key, flags) = (epoll::EventData::new_u64(self.last_key), epoll::EventFlags::IN);
            if epoll::add(&self.ready, &socket, key, flags).is_ok() {
                self.subscribers.push((self.last_key, Subscriber::new(socket)));
                self.attend(self.last_key);
            }
        }
    }

    fn attend(&mut self, key: u64) {
        for _ in 0..REQUESTS_AT_ONCE {
            let Some((_, subscriber)) = self.subscribers.iter().find(|(other, _)| *other == key) else {
                return;
            };
            match subscriber.hear() {
                Said::Request(request) => self.answer(key, request),
                Said::Nonsense => {}
                Said::Nothing => return,
                Said::Goodbye => return self.dismiss(key),
            }
        }
    }

    fn answer(&mut self, key: u64, request: Request) {
        let asking = self.subscribers.iter_mut().find(|(other, _)| *other == key);
        if let Some(errno) = asking.map(|(_, subscriber)| subscriber.heed(request.wish)) {
            self.send(&Message::Ack { errno, of: request.ack });
        }
    }

    fn dismiss(&mut self, key: u64) {
        if let Some(at) = self.subscribers.iter().position(|(other, _)| *other == key) {
            let (_, subscriber) = self.subscribers.swap_remove(at);
            // A process that is between fork and exec may hold the socket open: say so ourselves.
            let _ = epoll::delete(&self.ready, &subscriber.socket);
            let _ = rustix::net::shutdown(&subscriber.socket, rustix::net::Shutdown::Both);
        }
    }

    /// Sends the message to all whom it concerns, and gives up who cannot take it.
    ///
    /// KERNEL: nothing is made or counted while nobody listens (drivers/connector/cn_proc.c).
    pub(crate) fn send(&mut self, message: &Message) {
        if self.n_listening() == 0 {
            return;
        }
        let bytes = message.encode(self.stamp());
        let mut lost = Vec::new();
        for (key, subscriber) in self.subscribers.iter().filter(|(_, subscriber)| subscriber.wants(message)) {
            if let Err(errno) = subscriber.send(&bytes, self.patience) {
                lost.push((*key, errno));
            }
        }
        for (key, errno) in lost {
            if errno == Errno::TIMEDOUT {
                eprintln!("connector: a client that has read nothing for {:?} is dropped", self.patience);
            }
            self.dismiss(key);
        }
    }

    /// KERNEL: messages are counted for each processor, and name the one that sends them.
    fn stamp(&mut self) -> Stamp {
        let cpu = sched_getcpu();
        if self.sent.len() <= cpu {
            self.sent.resize(cpu + 1, 0);
        }
        let seq = self.sent.get_mut(cpu).map_or(0, |sent| {
            *sent = sent.wrapping_add(1);
            sent.wrapping_sub(1)
        });
        let now = clock_gettime(ClockId::Monotonic);
        Stamp { seq, cpu: cpu as u32, nanoseconds: now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64 }
    }

    pub(crate) fn n_listening(&self) -> usize {
        self.subscribers.iter().filter(|(_, subscriber)| subscriber.is_listening()).count()
    }

    /// Waits until so many listen.
    ///
    /// # Errors
    ///
    /// ETIMEDOUT: they did not in all the patience.
    pub(crate) fn await_listeners(&mut self, n: usize) -> Result<(), Errno> {
        let since = Instant::now();
        self.serve(Duration::ZERO);
        while self.n_listening() < n {
            self.serve(self.patience.checked_sub(since.elapsed()).ok_or(Errno::TIMEDOUT)?);
        }
        Ok(())
    }
}
