//! Linked objects: the program and shared libraries in memory, where the linker put their records.
//!
//! The macro emits, for each watcher, a record into the section `tw1_<event>` and, once per linked object, a note with the bounds of all
//! these sections. The loader lists the objects of the process; the notes of those that were linked with this copy of the crate lead to
//! the records. Nothing runs before `main`. A module is an object that is opened later, and has a copy of its own.
//!
//! # Safety
//!
//! Relies on the loader's list, and on the macro: a record in the table of an event leads to a function of that event's type.

#![allow(unsafe_code, reason = "reads what the linker made and the loader mapped")]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem, ptr, slice, thread,
};

use crate::{Slot, image::Image, private::SlotThunk, table};

// ---------------------------------------------------------------------------------------------------------------------
// What is in memory
// ---------------------------------------------------------------------------------------------------------------------

/// A program or shared library in memory.
#[derive(Debug)]
pub(crate) struct Loaded<'a> {
    base: u64,
    segments: &'a [libc::Elf64_Phdr],
}

impl<'a> Loaded<'a> {
    fn of_type(&self, wanted: u32) -> impl Iterator<Item = (u64, &'a libc::Elf64_Phdr)> {
        let base = self.base;
        let segments = self.segments.iter().filter(move |segment| segment.p_type == wanted);
        segments.map(move |segment| (base.wrapping_add(segment.p_vaddr), segment))
    }

    /// Where its dynamic section is, which no two objects have in one place. (Two that are linked for fixed addresses have one base, 0.)
    fn dynamic(&self) -> Option<u64> {
        self.of_type(libc::PT_DYNAMIC).map(|(address, _)| address).next()
    }

    fn contains(&self, address: u64, len: u64, access: u32) -> bool {
        self.of_type(libc::PT_LOAD).any(|(start, segment)| {
            let offset = address.checked_sub(start);
            let fits =
                offset.and_then(|offset| offset.checked_add(len)).is_some_and(|end| end <= segment.p_memsz);
            fits && segment.p_flags & access == access
        })
    }

    /// Whether this object's watchers were linked with this copy of the crate, and not with one in another library.
    #[cfg(gatherer = "section")]
    fn is_ours(&self) -> bool {
        let Ok(note) = crate::image::find_note(self) else { return false };
        if !self.contains(note.home, 1, libc::PF_X) {
            return false;
        }
        // SAFETY: the note says that there is a function of this type, emitted by the macro beside the note; and the address
        // is in code of the object. A made-up note is as good as any other code of the program.
        let home = unsafe { mem::transmute::<*const (), extern "C" fn() -> *const ()>(pointer(note.home)) };
        ptr::eq(home(), table::home())
    }
}

/// A function that a record leads to: a thunk of the record's event, or of a slot of task data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thunk(pub(crate) *const ());

#[cfg(not(gatherer = "section"))]
impl Thunk {
    /// A function that a gatherer was handed by its type.
    pub(crate) fn new(function: *const ()) -> Self {
        Self(function)
    }
}

impl<'a> Image<'a> for Loaded<'a> {
    type Thunk = Thunk;

    fn notes(&self) -> Vec<(u64, &'a [u8])> {
        let notes = self.of_type(libc::PT_NOTE);
        let bytes = |(address, segment): (u64, &libc::Elf64_Phdr)| {
            Some((address, self.bytes(address, usize::try_from(segment.p_memsz).ok()?)?))
        };
        notes.filter_map(bytes).collect()
    }

    fn bytes(&self, address: u64, len: usize) -> Option<&'a [u8]> {
        let len_64 = u64::try_from(len).ok()?;
        if !self.contains(address, len_64, libc::PF_R) || self.contains(address, len_64, libc::PF_W) {
            return None;
        }
        // SAFETY: the bytes are in a segment that the loader has mapped readable and not writable, and stay there for 'a.
        Some(unsafe { slice::from_raw_parts(pointer(address), len) })
    }

    fn thunk(&self, address: u64) -> Option<Thunk> {
        self.contains(address, 1, libc::PF_X).then(|| Thunk(pointer(address)))
    }

    fn room(&self) -> usize {
        self.of_type(libc::PT_LOAD).map(|(_, segment)| segment.p_memsz as usize).sum()
    }
}

fn pointer<T>(address: u64) -> *const T {
    ptr::with_exposed_provenance(address as usize)
}

/// The objects of this process that were linked with this copy of the crate: the program, and shared libraries that have it from
/// the same place. A module that was loaded with a copy of its own is not among them.
#[cfg(gatherer = "section")]
pub(crate) fn objects() -> Vec<Loaded<'static>> {
    let mut found = Vec::new();
    each_object(&mut |object| {
        if object.is_ours() && found.iter().all(|other: &Loaded<'_>| other.base != object.base) {
            // SAFETY: the program headers of an object that was linked with this code stay as long as this code does.
            let segments = unsafe { slice::from_raw_parts(object.segments.as_ptr(), object.segments.len()) };
            found.push(Loaded { base: object.base, segments });
        }
    });
    found
}

/// Calls `look` with every object of the process, the main program first, while the loader keeps them where they are.
fn each_object(look: &mut dyn FnMut(Loaded<'_>)) {
    unsafe extern "C" fn one(object: *mut libc::dl_phdr_info, _: usize, look: *mut c_void) -> c_int {
        // SAFETY: `look` is what was handed to dl_iterate_phdr(3) below, and not used otherwise meanwhile.
        let look = unsafe { &mut *look.cast::<&mut dyn FnMut(Loaded<'_>)>() };
        // SAFETY: the loader hands over a valid structure.
        let object = unsafe { &*object };
        let n_segments = usize::from(object.dlpi_phnum);
        if !object.dlpi_phdr.is_null() {
            // SAFETY: the structure says that there are so many headers.
            let segments = unsafe { slice::from_raw_parts(object.dlpi_phdr, n_segments) };
            look(Loaded { base: object.dlpi_addr, segments });
        }
        0
    }
    if cfg!(miri) {
        // The interpreter has no loader to ask: there are no watchers in it.
        return;
    }
    let mut look = look;
    // SAFETY: `one` has the type that is asked for, and `look` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(one), (&raw mut look).cast()) };
}

/// Whether this copy of the crate is part of the program, and of no library that may be unloaded.
pub(crate) fn in_main_program() -> bool {
    let (mut first, mut inside) = (true, false);
    each_object(&mut |object| {
        inside |=
            mem::take(&mut first) && object.contains(table::home().expose_provenance() as u64, 1, libc::PF_W);
    });
    inside
}

/// The static of task data that this function, from a record of that table, leads to.
pub(crate) fn slot(thunk: Thunk) -> &'static dyn Slot {
    // SAFETY: records of task data lead to functions of this type: `task_data!` emits nothing else.
    let slot = unsafe { mem::transmute::<*const (), SlotThunk>(thunk.0) };
    slot()
}

// ---------------------------------------------------------------------------------------------------------------------
// What is opened later
// ---------------------------------------------------------------------------------------------------------------------

/// A shared library that was opened, until this is dropped.
#[derive(Debug)]
pub(crate) struct Library {
    identity: Identity,
    base: u64,
    /// A copy: the loader's own goes with the library.
    segments: Vec<libc::Elf64_Phdr>,
    /// Those that there were before it was opened.
    keys: Keys,
}

/// Which library it is, however often it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// What dlopen(3) answered: another library gets another answer while this one is there.
    handle: usize,
    /// The address of its dynamic section.
    dynamic: u64,
}

/// The beginning of `struct link_map` (link.h), which is all that is documented of it.
#[repr(C)]
struct LinkMap {
    base: usize,
    name: *const c_char,
    dynamic: usize,
}

impl Library {
    /// Opens the library at this path, which should be absolute: a bare name is looked for elsewhere. Its names are its own, and its
    /// constructors run.
    ///
    /// The error is the loader's sentence.
    pub(crate) fn open(path: &CStr) -> Result<Self, String> {
        let keys = Keys::now();
        // SAFETY: the path ends with a zero. What the library's constructors do is the library's affair, as with any other that the
        // program is linked with.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return Err(last_error());
        }
        let identity = Identity { handle: handle.expose_provenance(), dynamic: 0 };
        let mut library = Self { identity, base: 0, segments: Vec::new(), keys };
        let mut map: *const LinkMap = ptr::null();
        // SAFETY: the handle is open, and this request writes one pointer to where it is told.
        let answer = unsafe { libc::dlinfo(handle, libc::RTLD_DI_LINKMAP, (&raw mut map).cast()) };
        if answer != 0 || map.is_null() {
            return Err(last_error());
        }
        // SAFETY: the loader's entry stays as long as the handle is open.
        let LinkMap { base, dynamic, .. } = unsafe { map.read() };
        (library.base, library.identity.dynamic) = (base as u64, dynamic as u64);
        each_object(&mut |object| {
            if object.dynamic() == Some(dynamic as u64) {
                library.segments = object.segments.to_vec();
            }
        });
        Ok(library)
    }

    /// What is in it.
    pub(crate) fn image(&self) -> Loaded<'_> {
        Loaded { base: self.base, segments: &self.segments }
    }

    /// Which it is.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // A thread that ends calls the destructors of its keys, which the loader does not know of. So the library stays for good.
        if Keys::now().has_more_than(&self.keys) {
            return;
        }
        // SAFETY: the handle is open, and this was the only one to use it. Who calls functions of the library keeps this alive.
        unsafe { libc::dlclose(ptr::with_exposed_provenance_mut(self.identity.handle)) };
    }
}

impl Identity {
    /// Whether the library is in memory, or another that is exactly where it was.
    pub(crate) fn is_mapped(self) -> bool {
        let mut found = false;
        each_object(&mut |object| found |= object.dynamic() == Some(self.dynamic));
        found
    }
}

/// The keys of thread-specific values (pthread_key_create(3)) that the process has.
///
/// Whose they are cannot be asked. The standard library of a module makes one where the module asks for its thread
/// (`std::thread::current`), and others do so for their own ends. The loader counts the destructors of `thread_local!` values
/// (`__cxa_thread_atexit_impl`), but not these. One that took the place of a key which was deleted meanwhile looks like that key.
#[derive(Debug)]
struct Keys(Vec<libc::pthread_key_t>);

impl Keys {
    fn now() -> Self {
        // Otherwise the program's own might come first while the module is there, and be taken for the module's.
        let _ = thread::current();
        // SAFETY: asks for a number.
        let n_keys = unsafe { libc::sysconf(libc::_SC_THREAD_KEYS_MAX) };
        let exists = |key: &libc::pthread_key_t| {
            // SAFETY: each value of this thread stays what it is; glibc answers EINVAL where there is no such key
            // (nptl/pthread_setspecific.c). Musl does not say, but unmaps no library either (ldso/dynlink.c).
            unsafe { libc::pthread_setspecific(*key, libc::pthread_getspecific(*key)) == 0 }
        };
        Self((0..u32::try_from(n_keys).unwrap_or(0)).filter(exists).collect())
    }

    fn has_more_than(&self, earlier: &Self) -> bool {
        self.0.iter().any(|key| earlier.0.binary_search(key).is_err())
    }
}

fn last_error() -> String {
    // SAFETY: the text belongs to the calling thread and stays until its next call of the loader.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "the loader gives no reason".to_owned();
    }
    // SAFETY: as above; it ends with a zero.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
