//! The program's own text and constants in memory.

use std::ffi::c_void;

/// Lets go of what was needed of them so far. It comes back, page by page, as it is needed again: what parses command lines and
/// configuration a server never needs twice. What the linker has written to, in segments that can be written to, stays.
pub fn let_go() {
    // SAFETY: the callback has the type that is asked for, and no data.
    unsafe { libc::dl_iterate_phdr(Some(let_go_of), std::ptr::null_mut()) };
}

/// Called once for each object of the program. A static one has a single one, itself; of shared ones the first is the program.
unsafe extern "C" fn let_go_of(
    object: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut c_void,
) -> libc::c_int {
    // SAFETY: it is valid during the call, and so are as many headers as it says.
    let (base, headers) = unsafe {
        let object = &*object;
        (object.dlpi_addr, std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)))
    };
    // SAFETY: it takes a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
    for segment in headers.iter().filter(|h| h.p_type == libc::PT_LOAD && h.p_flags & libc::PF_W == 0) {
        let start = base + segment.p_vaddr;
        let first = start / page * page;
        // The mapping ends with the page of the segment's last byte.
        let length = (start + segment.p_memsz).next_multiple_of(page) - first;
        // SAFETY: it is a mapping of the program's file that nobody has ever written to: the kernel reads the same there again.
        unsafe { libc::madvise(first as *mut c_void, length as usize, libc::MADV_DONTNEED) };
    }
    // No more of them.
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KiB of the program's file that this process has in memory.
    fn mapped() -> u64 {
        let program = std::env::current_exe().unwrap();
        let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let (mut total, mut ours) = (0, false);
        for line in text.lines() {
            if let Some(size) = line.strip_prefix("Rss:").filter(|_| ours) {
                total += size.trim().trim_end_matches(" kB").parse::<u64>().unwrap();
            } else if line.split(' ').next().unwrap().contains('-') {
                ours = line.ends_with(program.to_str().unwrap());
            }
        }
        total
    }

    #[test]
    fn it_comes_back_as_it_is_needed() {
        static WRITTEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        WRITTEN.store(2, std::sync::atomic::Ordering::Relaxed);
        let text = format!("{:?} {}", [1.5, 2.0], "é".to_uppercase());
        let before = mapped();
        let_go();
        let after = mapped();
        assert!(after < before / 2, "{after} KiB of {before} KiB");
        assert_eq!(format!("{:?} {}", [1.5, 2.0], "é".to_uppercase()), text);
        assert_eq!(WRITTEN.load(std::sync::atomic::Ordering::Relaxed), 2);
    }
}
