package tesseralog_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/journal"
	"github.com/taperid/taper/audit/tesseralog"
	"github.com/taperid/taper/audit/tiles"
	"github.com/taperid/taper/audit/witness"
	"github.com/taperid/taper/did"
)

const origin = "log.example/agents"

var (
	ctx  = context.Background()
	fast = tesseralog.POSIXOptions{CheckpointInterval: 100 * time.Millisecond, BatchMaxAge: 5 * time.Millisecond}
)

// key is that of the log of the tests, always the same one.
func key(tb testing.TB) (skey string, policy *audit.Policy) {
	skey = "PRIVATE+KEY+log.example/agents+" + keyID + "+" + keySeed
	vkey, err := audit.VerifierKey(skey)
	require.NoError(tb, err)
	policy, err = audit.NewPolicy(origin, vkey)
	require.NoError(tb, err)
	return skey, policy
}

func signer(tb testing.TB, n byte) *did.Signer {
	s, err := did.NewSignerFromSeed(did.Ed25519, append(make([]byte, 31), n))
	require.NoError(tb, err)
	return s
}

func open(tb testing.TB, folder string, o tesseralog.POSIXOptions) (*tesseralog.Log, func()) {
	tb.Helper()
	skey, _ := key(tb)
	log, shutdown, err := tesseralog.OpenPOSIX(ctx, folder, skey, o)
	require.NoError(tb, err)
	return log, func() {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		require.NoError(tb, shutdown(ctx))
	}
}

// chainOf is the chain that an agent holds.
func chainOf(tb testing.TB, who *did.Signer) *audit.Chain {
	digest, err := audit.Salted([]byte("sixteen bytes!!!"), audit.DomainArgs, []byte(who.DID().String()))
	require.NoError(tb, err)
	link := audit.Link{ID: "urn:x:1", Digest: digest, Issuer: signer(tb, 1).DID(), Subject: who.DID()}
	return &audit.Chain{Digest: digest, Links: []audit.Link{link}}
}

// step is the entry that comes at a place of an agent's trail.
func step(tb testing.TB, who *did.Signer, i int) audit.Entry {
	if c := chainOf(tb, who); i == 0 {
		return audit.Entry{Type: audit.TaskOpen, Task: "t", Cap: c.Digest, Chain: c}
	}
	return audit.Entry{Type: audit.ActionIntent, Task: "t", Action: "db/read", Resource: &audit.Resource{Digest: chainOf(tb, who).Digest}}
}

func write(tb testing.TB, log audit.Appender, who *did.Signer, n int) (out []*audit.Recorded) {
	tb.Helper()
	r, err := audit.NewRecorder(who, log, audit.RecorderOptions{})
	require.NoError(tb, err)
	for i := range n {
		e := step(tb, who, i)
		if i == n-1 {
			e = audit.Entry{Type: audit.TaskClose}
		}
		rec, err := r.Record(ctx, e)
		require.NoError(tb, err)
		out = append(out, rec)
	}
	return out
}

func clean(tb testing.TB, r audit.Reader, policy *audit.Policy, since *audit.Checkpoint, n int) {
	tb.Helper()
	report, err := audit.Audit(ctx, r, policy, since)
	require.NoError(tb, err)
	require.Empty(tb, report.Findings)
	require.Len(tb, report.Entries(), n)
}

// check has Tessera's own fsck judge a log. It can hang or end without a word on a log
// that is wrong, so it gets a time limit, and a log that we broke has to fail.
func check(tb testing.TB, r audit.Reader) error {
	skey, _ := key(tb)
	vkey, err := audit.VerifierKey(skey)
	require.NoError(tb, err)
	verifier, err := note.NewVerifier(vkey)
	require.NoError(tb, err)
	hasher := func(bundle []byte) (hashes [][]byte, err error) {
		var b api.EntryBundle
		if err := b.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		for _, e := range b.Entries {
			hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return hashes, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return fsck.New(origin, verifier, r, hasher, fsck.Opts{N: 2}).Check(ctx)
}

func TestStagesAndReaders(t *testing.T) {
	folder := t.TempDir()
	_, policy := key(t)
	log, done := open(t, folder, fast)
	all := write(t, log, signer(t, 2), 300)
	for i, rec := range all {
		require.True(t, rec.Pending().Durable())
		require.GreaterOrEqual(t, rec.Level(ctx), audit.Durable, i)
	}
	last := all[len(all)-1]
	receipt, err := log.Await(ctx, last.Pending(), 10*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, audit.Published, last.Level(ctx))
	require.Equal(t, last.Hash(), receipt.Signed().Hash())
	_, err = audit.VerifyReceipt(last.Signed().Bytes(), receipt.Proof(), policy)
	require.NoError(t, err)
	_, err = log.Receipt(ctx, 300)
	require.ErrorIs(t, err, audit.ErrUnpublished)
	done()

	// The log is read by its own reader, by ours, and by Tessera's fetchers, all
	// without adapters.
	dir, err := tiles.OpenDir(folder)
	require.NoError(t, err)
	defer dir.Close()
	server := httptest.NewServer(tiles.NewHandler(dir))
	defer server.Close()
	base, err := url.Parse(server.URL + "/")
	require.NoError(t, err)
	fetcher, err := client.NewHTTPFetcher(base, server.Client())
	require.NoError(t, err)
	ours, err := tiles.NewHTTPReader(server.URL, server.Client())
	require.NoError(t, err)
	for name, r := range map[string]audit.Reader{
		"Tessera's reader": log.LogReader, "Tessera's folder": client.FileFetcher{Root: folder},
		"Tessera's HTTP": fetcher, "our folder": dir, "our HTTP": ours,
	} {
		t.Run(name, func(t *testing.T) {
			clean(t, r, policy, receipt.Checkpoint(), 300)
			require.NoError(t, check(t, r))
		})
	}
}

// TestFsckOfMemory has Tessera judge our log in memory, and a broken copy of it.
func TestFsckOfMemory(t *testing.T) {
	skey, _ := key(t)
	log, err := audit.NewLog(origin, skey)
	require.NoError(t, err)
	write(t, log, signer(t, 2), 600)
	_, err = log.Publish(ctx)
	require.NoError(t, err)
	require.NoError(t, check(t, log))
	require.Error(t, check(t, broken{log}))
}

// broken is a log with one bit of an entry changed.
type broken struct{ audit.Reader }

func (b broken) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	data, err := b.Reader.ReadEntryBundle(ctx, index, p)
	if err == nil && index == 1 {
		data[len(data)/2] ^= 1
	}
	return data, err
}

// TestRestart: a log goes on where it ended, and an anchor kept from before holds.
func TestRestart(t *testing.T) {
	folder := t.TempDir()
	_, policy := key(t)
	var anchor *audit.Checkpoint
	for i := range 3 {
		log, done := open(t, folder, fast)
		all := write(t, log, signer(t, byte(10+i)), 20)
		r, err := log.Await(ctx, all[19].Pending(), 5*time.Millisecond)
		require.NoError(t, err)
		done()
		clean(t, log, policy, anchor, 20*(i+1))
		anchor = r.Checkpoint()
	}
}

// TestKill kills the process of a log and its writer, again and again: no entry that
// Append acknowledged is lost, and the writer goes on from its journal.
func TestKill(t *testing.T) {
	if folder := os.Getenv("TAPER_TESSERA_VICTIM"); folder != "" {
		victim(t, folder)
		return
	}
	rounds := 20
	if testing.Short() {
		rounds = 2
	}
	folder := t.TempDir()
	_, policy := key(t)
	acknowledged := map[string]int{}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "TAPER_TESSERA_VICTIM="+folder)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range 10 + 7*(round%4) {
			require.True(t, lines.Scan(), "the victim ended by itself")
			hash, index, ok := strings.Cut(lines.Text(), " ")
			require.True(t, ok, lines.Text())
			acknowledged[hash], err = strconv.Atoi(index)
			require.NoError(t, err)
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
	log, done := open(t, filepath.Join(folder, "log"), fast)
	closing := write(t, log, signer(t, 99), 2)
	_, err := log.Await(ctx, closing[1].Pending(), 5*time.Millisecond)
	require.NoError(t, err)
	done()
	report, err := audit.Audit(ctx, log, policy, nil)
	require.NoError(t, err)
	for _, f := range report.Findings {
		require.Equal(t, audit.Unclosed, f.Kind, f.Detail) // it was killed, after all
	}
	there := map[string]bool{}
	for _, item := range report.Entries() {
		there[item.Signed.Hash().String()] = true
	}
	for hash := range acknowledged {
		require.True(t, there[hash], "lost")
	}
	require.Greater(t, len(acknowledged), 10*rounds-1)
}

// victim writes entries and says the hash and place of each that is durable.
func victim(t *testing.T, folder string) {
	j, err := journal.Open(filepath.Join(folder, "journal"), journal.Options{})
	require.NoError(t, err)
	log, _ := open(t, filepath.Join(folder, "log"), fast)
	r, err := audit.NewRecorder(signer(t, 2), log, audit.RecorderOptions{Journal: j})
	require.NoError(t, err)
	require.NoError(t, r.Flush(ctx))
	next := 0
	if last := r.Last(); last != nil {
		next = int(last.Entry().Seq) + 1
	}
	for i := next; ; i++ {
		rec, err := r.Record(ctx, step(t, signer(t, 2), i))
		require.NoError(t, err)
		require.NoError(t, r.Flush(ctx))
		fmt.Println(rec.Hash(), rec.Pending().Index())
	}
}

// TestWitnesses: what both witnesses did not cosign is durable and not published.
func TestWitnesses(t *testing.T) {
	skey, policy := key(t)
	vkey, err := audit.VerifierKey(skey)
	require.NoError(t, err)
	text := "log " + vkey + "\n"
	down := false
	for _, name := range []string{"w1", "w2"} {
		wkey, wvkey, err := audit.NewWitnessKey(name + ".example")
		require.NoError(t, err)
		w, err := witness.New(witness.Config{Key: wkey, Logs: []*audit.Policy{policy}, File: filepath.Join(t.TempDir(), name)})
		require.NoError(t, err)
		defer w.Close()
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if down && name == "w2" {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.ServeHTTP(rw, r)
		}))
		defer server.Close()
		text += fmt.Sprintf("witness %s %s %s\n", name, wvkey, server.URL)
	}
	text += "group both all w1 w2\nquorum both\n"
	witnessed, err := audit.ParsePolicy([]byte(text))
	require.NoError(t, err)

	o := fast
	o.Policy, o.WitnessTimeout = []byte(text), 200*time.Millisecond
	log, done := open(t, t.TempDir(), o)
	all := write(t, log, signer(t, 2), 20)
	r, err := log.Await(ctx, all[19].Pending(), 10*time.Millisecond)
	require.NoError(t, err)
	require.Len(t, r.Checkpoint().Cosignatures(), 2)
	clean(t, log, witnessed, r.Checkpoint(), 20)

	down = true
	late := write(t, log, signer(t, 3), 2)
	wait, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err = log.Await(wait, late[1].Pending(), 10*time.Millisecond)
	require.ErrorIs(t, err, audit.ErrUnpublished)
	require.Equal(t, audit.Durable, late[1].Level(ctx))
	down = false
	_, err = log.Await(ctx, late[1].Pending(), 10*time.Millisecond)
	require.NoError(t, err)
	done()

	_, _, err = tesseralog.OpenPOSIX(ctx, t.TempDir(), skey, tesseralog.POSIXOptions{Policy: []byte("quorum none\n")})
	require.ErrorIs(t, err, audit.ErrKey)
	_, otherVkey, err := audit.NewLogKey("other.example")
	require.NoError(t, err)
	_, _, err = tesseralog.OpenPOSIX(ctx, t.TempDir(), skey, tesseralog.POSIXOptions{Policy: []byte("log " + otherVkey + "\nquorum none\n")})
	require.ErrorIs(t, err, tesseralog.ErrConfig)
}

func TestRefusals(t *testing.T) {
	_, policy := key(t)
	_, err := tesseralog.New(nil, nil, policy)
	require.ErrorIs(t, err, tesseralog.ErrConfig)
	_, _, err = tesseralog.OpenPOSIX(ctx, t.TempDir(), "x", fast)
	require.ErrorIs(t, err, tesseralog.ErrConfig)
	log, done := open(t, t.TempDir(), fast)
	_, err = log.Append(ctx, nil)
	require.ErrorIs(t, err, audit.ErrEntry)
	_, err = log.Append(ctx, &audit.Signed{})
	require.ErrorIs(t, err, audit.ErrEntry)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	r, err := audit.NewRecorder(signer(t, 2), log, audit.RecorderOptions{})
	require.NoError(t, err)
	rec, err := r.Record(ended, step(t, signer(t, 2), 0))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, audit.Unrecorded, rec.Level(ctx))
	require.NoError(t, r.Flush(ctx), "sent again")
	done()
}
