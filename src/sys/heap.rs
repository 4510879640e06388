//! The heap of a process that lives for long. What is freed glibc keeps for the next time, and for each thread by itself: of what a hundred
//! threads once needed together nothing would come back.

/// To be called before there are threads: few of them have heaps of their own, and what is large comes from the kernel and goes back to it.
pub fn share() {
    #[cfg(target_env = "gnu")]
    for (option, value) in
        [(libc::M_ARENA_MAX, ARENAS), (libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, 2 * LARGE)]
    {
        // SAFETY: it changes numbers of the allocator's own, under the allocator's lock.
        unsafe { libc::mallopt(option, value) };
    }
}

#[cfg(target_env = "gnu")]
const ARENAS: i32 = 2;
/// Bytes.
#[cfg(target_env = "gnu")]
const LARGE: i32 = 1 << 20;

/// Gives the kernel back what is free.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it gives back pages of which the allocator, under its locks, knows that nothing is in them.
    unsafe {
        libc::malloc_trim(0);
    }
}
