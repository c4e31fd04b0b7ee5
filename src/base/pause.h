#pragma once

namespace chainrule {

// Tells the processor that a loop only waits for another thread's or process's write.
inline void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace chainrule
