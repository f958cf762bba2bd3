//! [`Entry`]: a registration as the gatherers have it that hand over Rust values instead of records.

use crate::{
    CloneEvent, CredsEvent, ExecEvent, ExitEvent, FoundEvent, FreeEvent, GidEvent, GroupDeadEvent, InitEvent,
    Task, UidEvent,
    gather::Registered,
    image::{DATA, EXPECT},
    linked::Thunk,
    place::Place,
    private::{Report, SlotThunk},
};

/// A registration: a static of the generated code.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "for the generated code")]
pub struct Entry {
    pub function: Function,
    pub place: &'static [u8],
    pub order: i32,
}

/// A thunk with its type.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is what it is called")]
pub enum Function {
    Init(extern "C" fn(&Task, &InitEvent, &Report) -> i32),
    Clone(extern "C" fn(&Task, &CloneEvent, &Report) -> i32),
    Exec(extern "C" fn(&Task, &ExecEvent, &Report) -> i32),
    Uid(extern "C" fn(&Task, &UidEvent, &Report) -> i32),
    Gid(extern "C" fn(&Task, &GidEvent, &Report) -> i32),
    Exit(extern "C" fn(&Task, &ExitEvent, &Report) -> i32),
    Free(extern "C" fn(&Task, &FreeEvent, &Report) -> i32),
    Found(extern "C" fn(&Task, &FoundEvent, &Report) -> i32),
    Creds(extern "C" fn(&Task, &CredsEvent, &Report) -> i32),
    GroupDead(extern "C" fn(&Task, &GroupDeadEvent, &Report) -> i32),
    Data(SlotThunk),
    Expect,
}

impl Function {
    /// The table, and the function in it.
    fn in_table(self) -> (usize, Option<Thunk>) {
        let (table, address) = match self {
            Self::Init(thunk) => (0, thunk as *const ()),
            Self::Clone(thunk) => (1, thunk as *const ()),
            Self::Exec(thunk) => (2, thunk as *const ()),
            Self::Uid(thunk) => (3, thunk as *const ()),
            Self::Gid(thunk) => (4, thunk as *const ()),
            Self::Exit(thunk) => (5, thunk as *const ()),
            Self::Free(thunk) => (6, thunk as *const ()),
            Self::Found(thunk) => (7, thunk as *const ()),
            Self::Creds(thunk) => (8, thunk as *const ()),
            Self::GroupDead(thunk) => (9, thunk as *const ()),
            Self::Data(thunk) => (DATA, thunk as *const ()),
            Self::Expect => return (EXPECT, None),
        };
        (table, Some(Thunk::new(address)))
    }
}

impl Entry {
    /// The registration; `None` if its place was not made by the macro.
    pub(super) fn registered(&'static self) -> Option<Registered> {
        let (table, thunk) = self.function.in_table();
        let place = Place::decode(self.place)?;
        let address = |bytes: *const u8| bytes.addr() as u64;
        let at = (address(std::ptr::from_ref(self).cast()), address(self.place.as_ptr()));
        Some(Registered { table, thunk, order: self.order, place, at })
    }
}
