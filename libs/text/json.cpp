// Where Boost.JSON is compiled for plugins; its package in Debian is not needed then.
#include <boost/json/src.hpp>
