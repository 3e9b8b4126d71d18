package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/journal"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

var (
	ctx         = context.Background()
	alice, carl = personas.New("alice"), personas.New("carl")
	start       = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
)

// entries are the first n of one writer.
func entries(tb testing.TB, who *did.Signer, n int) (out []*audit.Signed) {
	link := audit.Link{ID: "urn:x:1", Digest: multikey.Digest([]byte("link")), Issuer: alice.DID(), Subject: who.DID()}
	var prev audit.Hash
	for i := range n {
		e := audit.Entry{
			Type: audit.ActionIntent, ID: fmt.Sprintf("urn:x:e%d", i), Agent: who.DID(), Role: audit.RoleAgent, Seq: uint64(i),
			Prev: prev, Time: start, Task: "t", Action: "db/read", Resource: &audit.Resource{Digest: link.Digest},
		}
		if i == 0 {
			e.Type, e.Action, e.Resource = audit.TaskOpen, "", nil
			e.Cap, e.Chain = link.Digest, &audit.Chain{Digest: link.Digest, Links: []audit.Link{link}}
		}
		s, err := audit.Sign(who, e)
		require.NoError(tb, err)
		out, prev = append(out, s), s.Hash()
	}
	return out
}

func open(tb testing.TB, path string) *journal.File {
	tb.Helper()
	f, err := journal.Open(path, journal.Options{})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

func load(tb testing.TB, f *journal.File) (last *audit.Signed, waiting []*audit.Signed) {
	tb.Helper()
	last, waiting, err := f.Load(ctx)
	require.NoError(tb, err)
	return last, waiting
}

func hashes(list []*audit.Signed) (out []audit.Hash) {
	for _, s := range list {
		out = append(out, s.Hash())
	}
	return out
}

func TestJournalRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	f, all := open(t, path), entries(t, carl, 4)
	last, waiting := load(t, f)
	require.Nil(t, last)
	require.Empty(t, waiting)
	for _, s := range all {
		require.NoError(t, f.Add(ctx, s))
	}
	require.NoError(t, f.Taken(ctx, all[0]))
	require.NoError(t, f.Taken(ctx, all[0]), "a second time")
	require.NoError(t, f.Taken(ctx, all[3]), "out of turn: it waits still")
	require.NoError(t, f.Close())
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Add(ctx, all[0]), journal.ErrCorrupt)

	last, waiting = load(t, open(t, path))
	require.Equal(t, all[3].Hash(), last.Hash())
	require.Equal(t, hashes(all[1:]), hashes(waiting))
}

func TestJournalRefusesWhatDoesNotFollow(t *testing.T) {
	all, other := entries(t, carl, 3), entries(t, personas.New("dave"), 2)
	f := open(t, filepath.Join(t.TempDir(), "j"))
	require.ErrorIs(t, f.Add(ctx, nil), journal.ErrCorrupt)
	require.NoError(t, f.Add(ctx, all[0]))
	for name, s := range map[string]*audit.Signed{"a gap": all[2], "twice": all[0], "of another": other[1]} {
		require.ErrorIs(t, f.Add(ctx, s), journal.ErrCorrupt, name)
	}
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Add(ctx, all[1]), journal.ErrClosed)
	_, _, err := f.Load(ctx)
	require.ErrorIs(t, err, journal.ErrClosed)
}

// TestTornTail cuts the file at every byte: what was whole before the cut is there,
// and the file can be gone on with.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	f, all := open(t, path), entries(t, carl, 4)
	var ends []int
	for _, s := range all[:3] {
		require.NoError(t, f.Add(ctx, s))
		info, err := os.Stat(path)
		require.NoError(t, err)
		ends = append(ends, int(info.Size()))
	}
	require.NoError(t, f.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	step := 1
	if testing.Short() {
		step = 17
	}
	for cut := 0; cut <= len(data); cut += step {
		whole := 0
		for _, end := range ends {
			if end <= cut {
				whole++
			}
		}
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
			if tail != "" && cut%97 != 0 {
				continue
			}
			torn := filepath.Join(dir, "torn")
			require.NoError(t, os.WriteFile(torn, append(data[:cut:cut], tail...), 0o600))
			f, err := journal.Open(torn, journal.Options{})
			if err != nil { // zeros after half a frame look like a frame that is wrong
				require.NotEmpty(t, tail)
				require.ErrorIs(t, err, journal.ErrCorrupt)
				continue
			}
			_, waiting := load(t, f)
			require.Equal(t, hashes(all[:whole]), hashes(waiting), "cut at %d", cut)
			if cut%53 != 0 {
				require.NoError(t, f.Close())
				continue
			}
			require.NoError(t, f.Add(ctx, all[whole]))
			require.NoError(t, f.Close())
			f, err = journal.Open(torn, journal.Options{})
			require.NoError(t, err)
			_, waiting = load(t, f)
			require.Len(t, waiting, whole+1)
			require.NoError(t, f.Close())
		}
	}
}

// TestCorruption changes every byte that is not in the last frame: the file is
// refused, never cut there.
func TestCorruption(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	f, all := open(t, path), entries(t, carl, 2)
	require.NoError(t, f.Add(ctx, all[0]))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, f.Add(ctx, all[1]))
	require.NoError(t, f.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range int(info.Size()) {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		f, err := journal.Open(path, journal.Options{})
		if err == nil {
			// A length that reaches past the end reads as a frame cut short.
			_, waiting := load(t, f)
			require.Less(t, len(waiting), 2, "byte %d", i)
			require.NoError(t, f.Close())
			require.Contains(t, []int{26, 27, 28, 29}, i, "byte %d", i)
			continue
		}
		require.ErrorIs(t, err, journal.ErrCorrupt, "byte %d", i)
	}
}

func TestBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	all := entries(t, carl, 3)
	f, err := journal.Open(path, journal.Options{MaxBytes: int64(2 * len(all[0].Bytes()))})
	require.NoError(t, err)
	require.NoError(t, f.Add(ctx, all[0]))
	for _, s := range all[1:] {
		if err = f.Add(ctx, s); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, journal.ErrFull)
	require.NoError(t, f.Taken(ctx, all[0]), "what makes room is never refused")
	require.NoError(t, f.Close())
	require.NoError(t, os.Truncate(path, 1<<30))
	_, err = journal.Open(path, journal.Options{MaxBytes: 1 << 20})
	require.ErrorIs(t, err, journal.ErrFull)
}

func TestOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	f := open(t, path)
	_, err := journal.Open(path, journal.Options{})
	require.ErrorIs(t, err, journal.ErrLocked)
	require.NoError(t, f.Close())
	open(t, path)
}

// TestWrittenAnew: a long file whose entries were taken becomes short, stays locked,
// and goes on.
func TestWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	f, all := open(t, path), entries(t, carl, 1801)
	for _, s := range all[:1800] {
		require.NoError(t, f.Add(ctx, s))
	}
	for _, s := range all[:1800] {
		require.NoError(t, f.Taken(ctx, s))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(8<<10))
	_, err = journal.Open(path, journal.Options{})
	require.ErrorIs(t, err, journal.ErrLocked)
	require.NoError(t, f.Add(ctx, all[1800]))
	require.NoError(t, f.Close())
	last, waiting := load(t, open(t, path))
	require.Equal(t, all[1800].Hash(), last.Hash())
	require.Len(t, waiting, 1)
}

// TestRecorderGoesOn: a writer that was stopped goes on with the next number, and
// sends what the log has not taken; another writer cannot use its journal.
func TestRecorderGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	skey, _, err := audit.NewLogKey("log.example")
	require.NoError(t, err)
	log, err := audit.NewLog("log.example", skey)
	require.NoError(t, err)
	f := open(t, path)
	opts := audit.RecorderOptions{Journal: f, Now: func() time.Time { return start }}
	r, err := audit.NewRecorder(carl, log, opts)
	require.NoError(t, err)
	first := entries(t, carl, 1)[0].Entry()
	rec, err := r.Record(ctx, audit.Entry{Type: audit.TaskOpen, Task: "t", Cap: first.Cap, Chain: first.Chain})
	require.NoError(t, err)
	require.Equal(t, audit.Journaled, rec.Level(ctx), "the log was not asked")
	require.NoError(t, f.Close())

	f = open(t, path)
	opts.Journal = f
	_, err = audit.NewRecorder(alice, log, opts)
	require.ErrorIs(t, err, audit.ErrRecorder)
	again, err := audit.NewRecorder(carl, log, opts)
	require.NoError(t, err)
	require.Equal(t, 1, again.Waiting())
	next, err := again.Record(ctx, audit.Entry{Type: audit.TaskClose})
	require.NoError(t, err)
	require.EqualValues(t, 1, next.Signed().Entry().Seq)
	require.Equal(t, "t", next.Signed().Entry().Task)
	require.NoError(t, again.Flush(ctx))
	require.Zero(t, again.Waiting())
	head, err := log.Publish(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 2, head.Size())
	require.Equal(t, audit.Published, next.Level(ctx))
	_, err = again.Record(ctx, audit.Entry{Type: audit.TaskClose})
	require.ErrorIs(t, err, audit.ErrRecorder, "closed before the restart too")
}

// TestKill kills a writer in the middle of its work, again and again: every entry
// that it had said was journaled is there, and the next one follows.
func TestKill(t *testing.T) {
	if path := os.Getenv("TAPER_JOURNAL_VICTIM"); path != "" {
		victim(path)
		return
	}
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	path := filepath.Join(t.TempDir(), "j")
	said := 0
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "TAPER_JOURNAL_VICTIM="+path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		buf := make([]byte, 4096)
		want := said + 5 + 7*(round%3)
		for said < want {
			n, err := out.Read(buf)
			require.NoError(t, err)
			for line := range bytes.Lines(buf[:n]) {
				if i, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil {
					said = max(said, i)
				}
			}
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		f := open(t, path)
		last, _ := load(t, f)
		require.GreaterOrEqual(t, last.Entry().Seq, uint64(said))
		require.NoError(t, f.Close())
	}
}

// victim writes entries and says the number of each that is on disk, on a line of its
// own written at once.
func victim(path string) {
	f, err := journal.Open(path, journal.Options{})
	if err != nil {
		panic(err)
	}
	last, _, err := f.Load(ctx)
	if err != nil {
		panic(err)
	}
	for i := uint64(0); ; i++ {
		e := entries(&testing.T{}, carl, 1)[0].Entry()
		if last != nil {
			i = last.Entry().Seq + 1
			e = audit.Entry{
				Type: audit.ActionIntent, ID: "urn:x:" + strconv.FormatUint(i, 10), Agent: carl.DID(), Role: audit.RoleAgent,
				Seq: i, Prev: last.Hash(), Time: start, Task: "t", Action: "db/read",
				Resource: &audit.Resource{Digest: multikey.Digest([]byte("x"))},
			}
		}
		s, err := audit.Sign(carl, e)
		if err == nil {
			err = f.Add(ctx, s)
		}
		if err == nil && i%3 == 0 {
			err = errors.Join(f.Taken(ctx, s))
		}
		if err != nil {
			panic(err)
		}
		last = s
		fmt.Fprintf(os.Stdout, "%10d\n", i)
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "j")
	j := open(f, path)
	for _, s := range entries(f, carl, 2) {
		require.NoError(f, j.Add(ctx, s))
	}
	require.NoError(f, j.Close())
	data, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(data)
	f.Add(data[:40])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "j")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		j, err := journal.Open(path, journal.Options{})
		if err != nil {
			return
		}
		defer j.Close()
		last, waiting := load(t, j)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(data, kept) || len(data) < 26, "opening only cuts")
		require.True(t, last != nil || len(waiting) == 0)
	})
}
