#pragma once

// A linker takes from a static library only the objects that somebody refers to; the fixture refers to these.
namespace konduit::testkit {

void link_stream_end_tests();
void link_stream_lifetime_tests();

}  // namespace konduit::testkit
