package filestore_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/storetest"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/filestore"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	storetest.Main(m, func(name string) (revocation.Store, error) { return filestore.Open(name) })
}

func opener(path string) storetest.Open {
	return func(t testing.TB) revocation.Store {
		s, err := filestore.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
}

func journal(t testing.TB) string { return filepath.Join(t.TempDir(), "status.journal") }

func TestStore(t *testing.T) { storetest.Run(t, opener(journal(t))) }

func TestManyIssuers(t *testing.T) { storetest.Issuers(t, 6, 10, opener(journal(t))) }

func TestManyProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := journal(t)
	storetest.Processes(t, path, 6, 25, opener(path))
}

func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := journal(t)
	storetest.Kill(t, path, 12, opener(path))
}

// written is a journal with some of everything in it.
func written(t testing.TB) string {
	path := journal(t)
	s := opener(path)(t)
	require.NoError(t, s.Add(ctx, storetest.List(1)))
	_, _, err := s.Reserve(ctx, "pool")
	require.NoError(t, err)
	url := storetest.List(1).URL
	require.NoError(t, s.Set(ctx, []revocation.Change{{List: url, Index: 7, Value: 1}, {List: url, Index: 8, Value: 1}}))
	require.NoError(t, s.Publish(ctx, url, revocation.Publication{}, revocation.Publication{Version: 2, ValidFrom: time.Unix(9, 0).UTC(), Signed: []byte("list")}))
	require.NoError(t, s.Set(ctx, []revocation.Change{{List: url, Index: 9, Value: 1}}))
	return path
}

// TestTornTail cuts the journal at every byte of its last line: what stands before
// is there, and the next change is kept.
func TestTornTail(t *testing.T) {
	data, err := os.ReadFile(written(t))
	require.NoError(t, err)
	last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	for n := last; n < len(data); n++ {
		path := journal(t)
		require.NoError(t, os.WriteFile(path, data[:n], 0o600))
		s, err := filestore.Open(path)
		require.NoError(t, err)
		_, entries, err := s.Snapshot(ctx, storetest.List(1).URL)
		require.NoError(t, err)
		require.Len(t, entries, 2, "cut at %d", n)
		require.NoError(t, s.Set(ctx, []revocation.Change{{List: storetest.List(1).URL, Index: 10, Value: 1}}))
		require.NoError(t, s.Close())
		_, entries, err = opener(path)(t).Snapshot(ctx, storetest.List(1).URL)
		require.NoError(t, err)
		require.Len(t, entries, 3, "cut at %d", n)
	}
}

// TestDamage flips every bit of the journal in turn: it is refused, never read as
// something else. A damaged last line end makes of it one that was not finished.
func TestDamage(t *testing.T) {
	data, err := os.ReadFile(written(t))
	require.NoError(t, err)
	path := journal(t)
	for i := range data[:len(data)-1] {
		bad := bytes.Clone(data)
		bad[i] ^= 1 << (i % 8)
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		_, err := filestore.Open(path)
		require.ErrorIs(t, err, filestore.ErrCorrupt, "byte %d", i)
	}
	lines := strings.SplitAfter(string(data), "\n")
	for name, text := range map[string]string{
		"empty":             "",
		"another file":      "hello\n",
		"a line twice":      string(data) + lines[1],
		"a line left out":   lines[0] + strings.Join(lines[2:], ""),
		"an unknown op":     string(data) + "e8f2c5b9 {\"op\":\"x\"}\n",
		"an empty line":     string(data) + "\n",
		"lines in disorder": lines[0] + lines[2] + lines[1],
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := filestore.Open(path)
		require.ErrorIs(t, err, filestore.ErrCorrupt, name)
	}
}

// TestLargeValue: a value that fits no entry is damage, and not another value.
func TestLargeValue(t *testing.T) {
	data, err := os.ReadFile(written(t))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	_, record, ok := strings.Cut(strings.TrimSuffix(lines[1], "}\n"), `{"op":"add",`)
	require.True(t, ok, lines[1])
	for value, want := range map[int]error{1: nil, 257: filestore.ErrCorrupt} {
		text := fmt.Sprintf(`{"op":"list",%s,"entries":[[1,%d]]}`, record, value)
		line := fmt.Sprintf("%08x %s\n", crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)), text)
		path := journal(t)
		require.NoError(t, os.WriteFile(path, []byte(lines[0]+line), 0o600))
		s, err := filestore.Open(path)
		require.ErrorIs(t, err, want)
		if err == nil {
			require.NoError(t, s.Close())
		}
	}
}

// TestCompaction: the journal is written anew while others have it open, and no one
// misses anything.
func TestCompaction(t *testing.T) {
	path := journal(t)
	one, two := opener(path)(t), opener(path)(t)
	require.NoError(t, one.Add(ctx, storetest.List(1)))
	url, old := storetest.List(1).URL, revocation.Publication{}
	largest := int64(0)
	for i := range 30 {
		s := []revocation.Store{one, two}[i%2]
		require.NoError(t, s.Set(ctx, []revocation.Change{{List: url, Index: uint64(i), Value: 1}}))
		next := revocation.Publication{Version: uint64(i + 1), ValidFrom: time.Unix(int64(i+1), 0).UTC(), Signed: bytes.Repeat([]byte{byte(i)}, 1<<19)}
		require.NoError(t, s.Publish(ctx, url, old, next))
		old = next
		info, err := os.Stat(path)
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Less(t, info.Size(), largest, "it shrank")
	require.Less(t, largest, int64(10<<20))
	for _, s := range []revocation.Store{one, two, opener(path)(t)} {
		l, entries, err := s.Snapshot(ctx, url)
		require.NoError(t, err)
		require.Len(t, entries, 30)
		require.Equal(t, old, l.Published)
		require.Equal(t, uint64(30), l.Version)
	}
	left, err := filepath.Glob(path + ".new")
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestKilledInCompaction: a new journal that was not finished is not taken.
func TestKilledInCompaction(t *testing.T) {
	path := written(t)
	require.NoError(t, os.WriteFile(path+".new", []byte("taper status jour"), 0o600))
	_, entries, err := opener(path)(t).Snapshot(ctx, storetest.List(1).URL)
	require.NoError(t, err)
	require.Len(t, entries, 3)
}

func TestRefused(t *testing.T) {
	_, err := filestore.Open(filepath.Join(t.TempDir(), "none", "status.journal"))
	require.ErrorIs(t, err, os.ErrNotExist)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "journal"), 0o700))
	_, err = filestore.Open(filepath.Join(dir, "journal"))
	require.Error(t, err)

	path := written(t)
	s, err := filestore.Open(path)
	require.NoError(t, err)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Lists(done)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, os.Remove(path))
	_, err = s.Lists(ctx)
	require.ErrorIs(t, err, os.ErrNotExist, "no new journal is begun in its place")
	require.NoError(t, s.Close())
	_, err = s.Lists(ctx)
	require.ErrorIs(t, err, os.ErrClosed)

	info, err := os.Stat(written(t))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077, "it has keys")
}

// FuzzJournal: what is read is either refused, or the next change is kept on top of
// it.
func FuzzJournal(f *testing.F) {
	data, err := os.ReadFile(written(f))
	require.NoError(f, err)
	f.Add(data)
	f.Add(data[:200])
	f.Add([]byte("taper status journal 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := journal(t)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		s, err := filestore.Open(path)
		if err != nil {
			require.ErrorIs(t, err, filestore.ErrCorrupt)
			return
		}
		before, err := s.Lists(ctx)
		require.NoError(t, err)
		l := storetest.List(99)
		l.Pool = "another"
		require.NoError(t, s.Add(ctx, l))
		require.NoError(t, s.Close())
		after, err := opener(path)(t).Lists(ctx)
		require.NoError(t, err)
		require.Len(t, after, len(before)+1)
	})
}

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := filestore.Open(filepath.Join(dir, "status.journal"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	lists, err := store.Lists(context.Background())
	fmt.Println(len(lists), err)
	// Output: 0 <nil>
}
