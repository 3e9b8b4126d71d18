package witness_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/witness"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

const origin = "log.example/agents"

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
)

// keys are those of one log and its policy.
type keys struct {
	skey   string
	policy *audit.Policy
}

func logKeys(tb testing.TB, name string) keys {
	skey, vkey, err := audit.NewLogKey(name)
	require.NoError(tb, err)
	policy, err := audit.NewPolicy(name, vkey)
	require.NoError(tb, err)
	return keys{skey, policy}
}

// grow appends n entries of a new agent.
func grow(tb testing.TB, log *audit.Log, agent string, n int) {
	tb.Helper()
	alice, who := personas.New("alice"), personas.New(agent)
	r, err := audit.NewRecorder(who, log, audit.RecorderOptions{Now: func() time.Time { return noon }})
	require.NoError(tb, err)
	link := audit.Link{ID: "urn:x:1", Digest: multikey.Digest([]byte(agent)), Issuer: alice.DID(), Subject: who.DID()}
	for i := range n {
		e := audit.Entry{Type: audit.ActionIntent, Action: "db/read", Resource: &audit.Resource{Digest: link.Digest}}
		if i == 0 {
			e = audit.Entry{Type: audit.TaskOpen, Task: "t", Cap: link.Digest, Chain: &audit.Chain{Digest: link.Digest, Links: []audit.Link{link}}}
		}
		_, err := r.Record(ctx, e)
		require.NoError(tb, err)
	}
}

// watcher is a witness over HTTP.
type watcher struct {
	*witness.Witness
	client *witness.Client
	server *httptest.Server
	vkey   string
	config witness.Config
}

func watch(tb testing.TB, name string, logs ...*audit.Policy) *watcher {
	tb.Helper()
	skey, vkey, err := audit.NewWitnessKey(name)
	require.NoError(tb, err)
	w := &watcher{vkey: vkey, config: witness.Config{
		Key: skey, Logs: logs, File: filepath.Join(tb.TempDir(), "seen"), Now: func() time.Time { return noon },
	}}
	w.start(tb)
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.ServeHTTP(rw, r) }))
	tb.Cleanup(w.server.Close)
	tb.Cleanup(func() { _ = w.Close() })
	w.client, err = witness.NewClient(w.server.URL+"/w/", w.server.Client())
	require.NoError(tb, err)
	return w
}

func (w *watcher) start(tb testing.TB) {
	var err error
	w.Witness, err = witness.New(w.config)
	require.NoError(tb, err)
}

// TestTwoWitnesses: a log publishes only what both cosigned, through restarts of
// theirs; with one down it goes on serving what it had.
func TestTwoWitnesses(t *testing.T) {
	k := logKeys(t, origin)
	one, two := watch(t, "w1.example", k.policy), watch(t, "w2.example", k.policy)
	policy, err := k.policy.WithWitnesses(2, one.vkey, two.vkey)
	require.NoError(t, err)
	log, err := audit.NewWitnessedLog(policy, []audit.Witness{one.client, two.client}, k.skey)
	require.NoError(t, err)
	for i := range 3 {
		grow(t, log, fmt.Sprint("agent", i), 100)
		head, err := log.Publish(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 100*(i+1), head.Size())
		require.Equal(t, []audit.Cosignature{{Witness: "w1.example", Time: noon}, {Witness: "w2.example", Time: noon}}, head.Cosignatures())
		require.EqualValues(t, head.Size(), one.Seen(origin))
		require.NoError(t, one.Close())
		one.start(t)
		require.EqualValues(t, head.Size(), one.Seen(origin), "after a restart")
	}
	report, err := audit.Audit(ctx, log, policy, log.Checkpoint())
	require.NoError(t, err)
	require.Len(t, report.Entries(), 300)

	two.server.Close()
	grow(t, log, "late", 10)
	_, err = log.Publish(ctx)
	require.ErrorIs(t, err, audit.ErrWitness)
	require.EqualValues(t, 300, log.Checkpoint().Size())
	_, err = log.Receipt(ctx, 305)
	require.ErrorIs(t, err, audit.ErrUnpublished)
}

// TestSplitView: a log that shows two people two histories gets the cosignature for
// one of them alone.
func TestSplitView(t *testing.T) {
	k := logKeys(t, origin)
	w := watch(t, "w.example", k.policy)
	policy, err := k.policy.WithWitnesses(1, w.vkey)
	require.NoError(t, err)
	good, err := audit.NewWitnessedLog(policy, []audit.Witness{w.client}, k.skey)
	require.NoError(t, err)
	grow(t, good, "carol", 10)
	_, err = good.Publish(ctx)
	require.NoError(t, err)
	for name, n := range map[string]int{"shorter": 9, "as long": 10, "longer": 20} {
		t.Run(name, func(t *testing.T) {
			fork, err := audit.NewLog(origin, k.skey)
			require.NoError(t, err)
			grow(t, fork, "mallory", n)
			head, err := fork.Publish(ctx)
			require.NoError(t, err, "its own signature alone")
			_, err = audit.ParseCheckpoint(head.Bytes(), policy)
			require.ErrorIs(t, err, audit.ErrWitness)
			_, err = w.client.AddCheckpoint(ctx, 0, nil, head.Bytes())
			var size *audit.WitnessSizeError
			require.ErrorAs(t, err, &size)
			require.EqualValues(t, 10, size.Size)
			if n < 10 {
				return
			}
			proof, err := fork.Consistency(ctx, 10, uint64(n))
			require.NoError(t, err)
			_, err = w.client.AddCheckpoint(ctx, 10, proof, head.Bytes())
			require.ErrorIs(t, err, witness.ErrRefused)
			_, err = audit.NewWitnessedLog(policy, []audit.Witness{w.client}, k.skey)
			require.ErrorIs(t, err, audit.ErrWitness, "an empty log in its place")
		})
	}
	require.EqualValues(t, 10, w.Seen(origin))
}

func TestAnswers(t *testing.T) {
	k, other := logKeys(t, origin), logKeys(t, "other.example")
	w := watch(t, "w.example", k.policy)
	log, err := audit.NewLog(origin, k.skey)
	require.NoError(t, err)
	grow(t, log, "carol", 8)
	five, err := log.Publish(ctx)
	require.NoError(t, err)
	stranger, err := audit.NewLog("other.example", other.skey)
	require.NoError(t, err)
	forged := strings.Replace(string(five.Bytes()), "\n8\n", "\n7\n", 1)
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	for name, tt := range map[string]struct {
		body string
		want int
	}{
		"empty":                {"", 400},
		"no checkpoint":        {"old 0\n", 400},
		"old size with zeros":  {"old 00\n\n" + string(five.Bytes()), 400},
		"old size signed":      {"old +0\n\n" + string(five.Bytes()), 400},
		"old size huge":        {"old 9223372036854775808\n\n" + string(five.Bytes()), 400},
		"old size above":       {"old 9\n\n" + string(five.Bytes()), 400},
		"hash of 31 bytes":     {"old 0\nAAAA\n\n" + string(five.Bytes()), 400},
		"hash with line end":   {"old 0\r\n\n" + string(five.Bytes()), 400},
		"64 hashes":            {"old 0\n" + strings.Repeat(hash, 64) + "\n" + string(five.Bytes()), 400},
		"unknown log":          {"old 0\n\n" + string(stranger.Checkpoint().Bytes()), 404},
		"another key's":        {"old 0\n\n" + forged, 403},
		"unsigned":             {"old 0\n\n" + origin + "\n8\n" + hash + "\n", 403},
		"a proof from nothing": {"old 0\n" + hash + "\n" + string(five.Bytes()), 422},
		"not what it has":      {"old 3\n\n" + string(five.Bytes()), 409},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader(tt.body)))
			require.Equal(t, tt.want, rec.Code, rec.Body.String())
			if tt.want == 409 {
				require.Equal(t, "0\n", rec.Body.String())
				require.Equal(t, "text/x.tlog.size", rec.Header().Get("Content-Type"))
			}
			require.Zero(t, w.Seen(origin))
		})
	}
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/add-checkpoint", nil), httptest.NewRequest("POST", "/", nil),
		httptest.NewRequest("POST", "/add-checkpoint", bytes.NewReader(make([]byte, 1<<20))),
	} {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		require.Contains(t, []int{400, 404, 405}, rec.Code)
	}
	lines, err := w.client.AddCheckpoint(ctx, 0, nil, five.Bytes())
	require.NoError(t, err)
	again, err := w.client.AddCheckpoint(ctx, 8, nil, five.Bytes())
	require.NoError(t, err)
	require.Equal(t, lines, again)
	policy, err := k.policy.WithWitnesses(1, w.vkey)
	require.NoError(t, err)
	_, err = audit.ParseCheckpoint(append(five.Bytes(), lines...), policy)
	require.NoError(t, err)
}

// TestRace: of many logs that fork at once, one history is cosigned.
func TestRace(t *testing.T) {
	k := logKeys(t, origin)
	w := watch(t, "w.example", k.policy)
	var wg sync.WaitGroup
	var mu sync.Mutex
	signed := 0
	for i := range 16 {
		wg.Go(func() {
			log, err := audit.NewLog(origin, k.skey)
			require.NoError(t, err)
			grow(t, log, fmt.Sprint("fork", i), 5)
			head, err := log.Publish(ctx)
			require.NoError(t, err)
			if _, err := w.client.AddCheckpoint(ctx, 0, nil, head.Bytes()); err == nil {
				mu.Lock()
				signed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, signed)
}

func TestConfig(t *testing.T) {
	k := logKeys(t, origin)
	skey, vkey, err := audit.NewWitnessKey("w.example")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "seen")
	for name, c := range map[string]witness.Config{
		"no logs":      {Key: skey, File: file},
		"no file":      {Key: skey, Logs: []*audit.Policy{k.policy}},
		"no key":       {Logs: []*audit.Policy{k.policy}, File: file},
		"a log's key":  {Key: k.skey, Logs: []*audit.Policy{k.policy}, File: file},
		"a public key": {Key: vkey, Logs: []*audit.Policy{k.policy}, File: file},
		"nobody's log": {Key: skey, Logs: []*audit.Policy{nil}, File: file},
		"a log twice":  {Key: skey, Logs: []*audit.Policy{k.policy, k.policy}, File: file},
	} {
		_, err := witness.New(c)
		require.ErrorIs(t, err, witness.ErrConfig, name)
	}
	good := witness.Config{Key: skey, Logs: []*audit.Policy{k.policy}, File: file}
	w, err := witness.New(good)
	require.NoError(t, err)
	_, err = witness.New(good)
	require.ErrorIs(t, err, witness.ErrLocked)
	require.NoError(t, w.Close())
	for name, text := range map[string]string{
		"not JSON":         "x",
		"unsigned":         `{"` + origin + `":"x"}`,
		"an unknown log's": `{"other.example":"x"}`,
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err = witness.New(good)
		require.Error(t, err, name)
	}
	_, err = witness.New(witness.Config{Key: skey, Logs: good.Logs, File: filepath.Join(file, "x")})
	require.Error(t, err)
}

// TestDisk: what cannot be kept is not cosigned.
func TestDisk(t *testing.T) {
	k := logKeys(t, origin)
	w := watch(t, "w.example", k.policy)
	log, err := audit.NewLog(origin, k.skey)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(w.config.File+".new", 0o700))
	_, err = w.client.AddCheckpoint(ctx, 0, nil, log.Checkpoint().Bytes())
	require.ErrorContains(t, err, "status 500")
	require.NoError(t, os.Remove(w.config.File+".new"))
	_, err = w.client.AddCheckpoint(ctx, 0, nil, log.Checkpoint().Bytes())
	require.NoError(t, err)
}

// TestHostileWitness: nothing that a witness answers spoils a checkpoint or what the
// others say of it.
func TestHostileWitness(t *testing.T) {
	k := logKeys(t, origin)
	good := watch(t, "good.example", k.policy)
	policy, err := k.policy.WithWitnesses(1, good.vkey)
	require.NoError(t, err)
	for name, serve := range map[string]http.HandlerFunc{
		"garbage":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "garbage") },
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"endless":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
		"conflict": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(409) },
		"a size": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/x.tlog.size")
			w.WriteHeader(409)
			fmt.Fprintln(w, int64(1)<<60)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, good.server.URL, http.StatusTemporaryRedirect)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serve)
			defer server.Close()
			bad, err := witness.NewClient(server.URL, server.Client())
			require.NoError(t, err)
			good.start2(t)
			log, err := audit.NewWitnessedLog(policy, []audit.Witness{bad, good.client}, k.skey)
			require.NoError(t, err)
			require.Len(t, log.Checkpoint().Cosignatures(), 1)
			require.Equal(t, 2, strings.Count(string(log.Checkpoint().Bytes()), "— "))
		})
	}
	for _, bad := range []string{"", "w.example", "ftp://w.example", "https://u@w.example", "https://w.example?x", "https://[::1"} {
		_, err := witness.NewClient(bad, nil)
		require.ErrorIs(t, err, witness.ErrConfig, bad)
	}
}

// start2 begins anew, as if nothing had been seen.
func (w *watcher) start2(tb testing.TB) {
	require.NoError(tb, w.Close())
	_ = os.Remove(w.config.File)
	w.start(tb)
}

func FuzzAddCheckpoint(f *testing.F) {
	k := logKeys(f, origin)
	w := watch(f, "w.example", k.policy)
	log, err := audit.NewLog(origin, k.skey)
	require.NoError(f, err)
	f.Add([]byte("old 0\n\n" + string(log.Checkpoint().Bytes())))
	f.Add([]byte("old 5\nAAAA\n\nx\n5\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest("POST", "/add-checkpoint", bytes.NewReader(body)))
		if rec.Code == 200 && !bytes.Contains(body, log.Checkpoint().Bytes()[:20]) {
			t.Fatal("cosigned what its log did not sign")
		}
	})
}
