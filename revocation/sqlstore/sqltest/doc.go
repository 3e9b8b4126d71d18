// Package sqltest tests package sqlstore with the drivers of SQLite and PostgreSQL.
// It is a module of its own, so that nobody else needs them.
//
// SQLite is tested always. PostgreSQL is tested where initdb and postgres are on the
// machine, in $PATH or in the places of Debian's packages; a server is then started
// on 127.0.0.1 with a folder of its own, and stopped.
package sqltest
