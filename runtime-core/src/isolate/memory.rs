//! The memory limit of one isolate: an allocator that counts, refuses what would exceed the limit, and remembers that it did.
//!
//! The engine's own limit is not enough: an app can catch the out-of-memory error, and the call must fail all the same
//! (behaviour.md, table row "limits"). So the refusal is recorded here, where an app cannot reach it.

use rquickjs::allocator::Allocator;
use std::cell::Cell;
use std::rc::Rc;

/// What an isolate's heap uses, shared between its allocator and whoever asks.
#[derive(Debug)]
pub struct MemoryAccount {
    limit_bytes: usize,
    used_bytes: Cell<usize>,
    refused: Cell<bool>,
}

impl MemoryAccount {
    /// An empty account with a limit in bytes.
    pub fn new(limit_bytes: usize) -> Rc<Self> {
        Rc::new(Self { limit_bytes, used_bytes: Cell::new(0), refused: Cell::new(false) })
    }

    /// Whether an allocation was ever refused. An isolate to which this happened is rebuilt.
    pub fn was_exceeded(&self) -> bool {
        self.refused.get()
    }

    fn admits(&self, more_bytes: usize) -> bool {
        let admitted = self.used_bytes.get().checked_add(more_bytes).is_some_and(|sum| sum <= self.limit_bytes);
        if !admitted {
            self.refused.set(true);
        }
        admitted
    }

    fn add(&self, bytes: usize) {
        self.used_bytes.set(self.used_bytes.get() + bytes);
    }

    fn subtract(&self, bytes: usize) {
        self.used_bytes.set(self.used_bytes.get().saturating_sub(bytes));
    }
}

/// The C allocator with an account. Blocks keep the C library's own header, so their size can be asked for when they are freed.
pub struct LimitedAllocator {
    account: Rc<MemoryAccount>,
}

impl LimitedAllocator {
    /// An allocator that books on `account`.
    pub fn new(account: Rc<MemoryAccount>) -> Self {
        Self { account }
    }

    fn book(&self, block: *mut u8) -> *mut u8 {
        if !block.is_null() {
            // SAFETY: the block is not null and was just returned by the C allocator.
            self.account.add(unsafe { libc::malloc_usable_size(block.cast()) });
        }
        block
    }
}

// SAFETY: every block comes from the C allocator, which returns null or a region of at least the asked size aligned for any
// type; `usable_size` asks the same allocator.
unsafe impl Allocator for LimitedAllocator {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.account.admits(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: malloc may be called with any size.
        self.book(unsafe { libc::malloc(size) }.cast())
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        match count.checked_mul(size) {
            Some(bytes) if self.account.admits(bytes) => {}
            _ => return std::ptr::null_mut(),
        }
        // SAFETY: calloc may be called with any sizes.
        self.book(unsafe { libc::calloc(count, size) }.cast())
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        if block.is_null() {
            return;
        }
        // SAFETY: the caller hands back a block of this allocator.
        self.account.subtract(unsafe { libc::malloc_usable_size(block.cast()) });
        // SAFETY: as above; the engine does not use the block any more.
        unsafe { libc::free(block.cast()) };
    }

    unsafe fn realloc(&mut self, block: *mut u8, new_size: usize) -> *mut u8 {
        if block.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: the caller hands back a block of this allocator.
        let old_size = unsafe { libc::malloc_usable_size(block.cast()) };
        if new_size > old_size && !self.account.admits(new_size - old_size) {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        let moved = unsafe { libc::realloc(block.cast(), new_size) }.cast::<u8>();
        if !moved.is_null() {
            self.account.subtract(old_size);
            self.book(moved);
        }
        moved
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        if block.is_null() {
            return 0;
        }
        // SAFETY: the caller hands in a block of this allocator.
        unsafe { libc::malloc_usable_size(block.cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_what_is_allocated_and_freed() {
        let account = MemoryAccount::new(10_000);
        let mut allocator = LimitedAllocator::new(account.clone());
        let block = allocator.alloc(1_000);
        assert!(!block.is_null());
        assert!(account.used_bytes.get() >= 1_000);
        // SAFETY: the block was just allocated here.
        let block = unsafe { allocator.realloc(block, 4_000) };
        assert!(account.used_bytes.get() >= 4_000);
        // SAFETY: the block was just allocated here.
        unsafe { allocator.dealloc(block) };
        assert_eq!(account.used_bytes.get(), 0);
        assert!(!account.was_exceeded());
    }

    #[test]
    fn refuses_and_remembers_what_would_exceed_the_limit() {
        let account = MemoryAccount::new(10_000);
        let mut allocator = LimitedAllocator::new(account.clone());
        assert!(allocator.alloc(20_000).is_null());
        assert!(allocator.calloc(usize::MAX, 2).is_null());
        assert!(account.was_exceeded());
        assert_eq!(account.used_bytes.get(), 0);
    }
}
