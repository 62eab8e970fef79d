// The one place where Asio is compiled: a process has one copy of its services, statics and error categories, and every
// plugin reaches it through this library. Asio's headers give their declarations default visibility themselves.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
