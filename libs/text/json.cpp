// The one place where Boost.JSON is compiled; its package in Debian is not needed then.
#include <boost/json/src.hpp>
