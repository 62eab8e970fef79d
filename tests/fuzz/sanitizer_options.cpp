// What AddressSanitizer does by default costs a fuzzer more than the parsers do: whole stacks for every allocation, a
// pattern in fresh memory, a quarantine that outgrows the caches, frames on the heap that each exception walks through.
// ASAN_OPTIONS says otherwise where it is set, and does so where the corpora are replayed (the test preset `fuzz`).
extern "C" __attribute__((used, visibility("default"))) const char* __asan_default_options() {
  return "malloc_context_size=4:max_malloc_fill_size=0:quarantine_size_mb=16:detect_stack_use_after_return=0";
}
