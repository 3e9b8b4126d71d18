package sqltest_test

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// postgres starts a server on 127.0.0.1 with a folder of its own, stops it when the
// test ends, and returns its address. Where there is none the test is skipped.
func postgres(tb testing.TB) string {
	tb.Helper()
	bin := postgresFolder()
	if bin == "" {
		tb.Skip("no initdb and postgres on this machine: PostgreSQL is left out")
	}
	dir, err := os.MkdirTemp("", "taper-postgres-")
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(dir)) })
	var as *syscall.SysProcAttr
	if os.Geteuid() == 0 { // which PostgreSQL refuses to run as
		as = lesserUser(tb, dir)
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "taper", "-A", "trust", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, dir
	out, err := initdb.CombinedOutput()
	require.NoError(tb, err, "%s", out)

	free, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(tb, err)
	port := free.Addr().(*net.TCPAddr).Port
	require.NoError(tb, free.Close())
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(tb, err)
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", dir)
	server.SysProcAttr, server.Dir, server.Stdout, server.Stderr = as, dir, log, log
	require.NoError(tb, server.Start())
	stop := stopOnce(server)
	tb.Cleanup(stop)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	tb.Cleanup(func() { signal.Stop(interrupted); close(interrupted) })
	go func() {
		if _, ok := <-interrupted; ok { // Cleanup would not run
			stop()
			os.Exit(1)
		}
	}()
	url := fmt.Sprintf("postgres://taper@127.0.0.1:%d/postgres?sslmode=disable", port)
	waitFor(tb, url, log.Name())
	return url
}

// stopOnce returns a function that stops the server, fast, and waits for it.
func stopOnce(server *exec.Cmd) func() {
	done := make(chan struct{})
	return func() {
		select {
		case <-done:
		default:
			close(done)
			_ = server.Process.Signal(syscall.SIGINT)
			_ = server.Wait()
		}
	}
}

func postgresFolder() string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(folders)
	slices.Reverse(folders)
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append([]string{filepath.Dir(path)}, folders...)
		}
	}
	for _, dir := range folders {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	return ""
}

// lesserUser gives the folder to another user, and returns how to run as that one.
func lesserUser(tb testing.TB, dir string) *syscall.SysProcAttr {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		require.NoError(tb, err)
		gid, err := strconv.Atoi(u.Gid)
		require.NoError(tb, err)
		require.NoError(tb, os.Chown(dir, uid, gid))
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	tb.Skip("neither a user postgres nor nobody: PostgreSQL is left out")
	return nil
}

func waitFor(tb testing.TB, url, log string) {
	db, err := sql.Open("pgx", url)
	require.NoError(tb, err)
	defer db.Close()
	for range 300 {
		if err = db.Ping(); err == nil {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	said, _ := os.ReadFile(log)
	require.NoError(tb, err, "%s", said)
}
