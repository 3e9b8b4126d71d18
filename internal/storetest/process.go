package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// The environment of a worker: where its store is, when the test began, and how
// often to do its work; 0: until it is killed.
const (
	envStore  = "TAPER_STORETEST_STORE"
	envStart  = "TAPER_STORETEST_START"
	envRounds = "TAPER_STORETEST_ROUNDS"
)

// Main runs the tests of a package, or is a worker that one of them started. It is
// called by TestMain, and open opens the store of that name.
func Main(m *testing.M, open func(name string) (revocation.Store, error)) {
	name := os.Getenv(envStore)
	if name == "" {
		os.Exit(m.Run())
	}
	s, err := open(name)
	if err == nil {
		err = work(s)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// speed is how many seconds pass in the world of workers in one of the test: enough
// that publishing is often not too soon, and not so many that a process which has to
// wait for its turn takes what others published for the far future.
const speed = 100

// work allocates, sets and publishes, and writes a line for each thing done.
func work(s revocation.Store) error {
	nanos, err := strconv.ParseInt(os.Getenv(envStart), 10, 64)
	if err != nil {
		return err
	}
	rounds, err := strconv.Atoi(os.Getenv(envRounds))
	if err != nil {
		return err
	}
	now := func() time.Time { return noon.Add(time.Since(time.Unix(0, nanos)) * speed) }
	issuer, err := revocation.NewIssuer(operator, base, revocation.IssuerOptions{Store: s})
	if err != nil {
		return err
	}
	for i := 0; rounds == 0 || i < rounds; i++ {
		e, err := issuer.Allocate(ctx, time.Time{}, "revocation", "suspension")
		if err != nil {
			return err
		}
		sayAll("allocated", e)
		if err := issuer.Set(ctx, 1, e...); err != nil {
			return err
		}
		sayAll("set", e)
		if err := publishOnce(issuer, now(), e); err != nil {
			return err
		}
	}
	return nil
}

// publishOnce publishes, demands that what was set before is in it, and says how
// much is set.
func publishOnce(issuer *revocation.Issuer, now time.Time, entries []vc.StatusEntry) error {
	bundle, err := issuer.Publish(ctx, now)
	if errors.Is(err, revocation.ErrTooSoon) || errors.Is(err, revocation.ErrConflict) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		ok, err := isSet(bundle, e)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("a flip before %s is not in the list", now)
		}
	}
	for url, raw := range bundle.All() {
		l, err := revocation.VerifyList(ctx, raw, []did.DID{operator.DID()}, nil)
		if err != nil {
			return err
		}
		n := 0
		for i := range uint64(l.Bits().Len()) {
			v, err := l.Bits().At(i)
			if err != nil {
				return err
			}
			n += int(v)
		}
		say("published", url, l.ValidFrom().Unix(), n)
	}
	return nil
}

// say writes a line in one piece. Who does not hear it does not believe it.
func say(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }

func sayAll(what string, entries []vc.StatusEntry) {
	for _, e := range entries {
		say(what, e.List, e.Index)
	}
}

// record is what workers said.
type record struct {
	allocated map[string]bool
	set       map[string][]uint64         // indices by list
	published map[string]map[int64]string // how much was set, by list and time
	latest    map[string]int64
}

func newRecord() *record {
	return &record{map[string]bool{}, map[string][]uint64{}, map[string]map[int64]string{}, map[string]int64{}}
}

func (r *record) read(t testing.TB, said io.Reader) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) == 3 && f[0] == "allocated":
			key := f[1] + " " + f[2]
			require.False(t, r.allocated[key], "given out twice: %s", key)
			r.allocated[key] = true
		case len(f) == 3 && f[0] == "set":
			i, err := revocation.ParseIndex(f[2])
			require.NoError(t, err)
			r.set[f[1]] = append(r.set[f[1]], i)
		case len(f) == 4 && f[0] == "published":
			at, err := strconv.ParseInt(f[2], 10, 64)
			require.NoError(t, err)
			if r.published[f[1]] == nil {
				r.published[f[1]] = map[int64]string{}
			}
			was, ok := r.published[f[1]][at]
			require.True(t, !ok || was == f[3], "two lists of one time")
			r.published[f[1]][at] = f[3]
			r.latest[f[1]] = max(r.latest[f[1]], at)
		default:
			t.Logf("worker: %s", lines.Text())
		}
	}
	require.NoError(t, lines.Err())
}

// check compares what workers said with what is in the store.
func (r *record) check(t testing.TB, s revocation.Store) {
	for url, indices := range r.set {
		have := map[uint64]uint8{}
		l, entries, err := s.Snapshot(ctx, url)
		require.NoError(t, err)
		for _, e := range entries {
			have[e.Index] = e.Value
		}
		for _, i := range indices {
			require.Equal(t, uint8(1), have[i], "lost: index %d of %s", i, url)
		}
		if r.latest[url] > 0 {
			require.GreaterOrEqual(t, l.Published.ValidFrom.Unix(), r.latest[url], "a publication was rolled back")
			require.NotEmpty(t, l.Published.Signed)
		}
	}
	for url, at := range r.published { // nothing is ever unset here
		last := -1
		for when := range at {
			n, err := strconv.Atoi(at[when])
			require.NoError(t, err)
			for earlier, m := range at {
				if k, _ := strconv.Atoi(m); earlier < when {
					require.LessOrEqual(t, k, n, "%s was rolled back", url)
				}
			}
			last = max(last, n)
		}
	}
}

// worker starts this test binary again as a worker.
func worker(t testing.TB, name string, start time.Time, rounds int, out io.Writer) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envStore+"="+name, envStart+"="+strconv.FormatInt(start.UnixNano(), 10), envRounds+"="+strconv.Itoa(rounds))
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	require.NoError(t, cmd.Start())
	return cmd
}

// Processes makes n processes work on one store at once.
func Processes(t *testing.T, name string, n, rounds int, open Open) {
	start, r := time.Now(), newRecord()
	outs, cmds := make([]strings.Builder, n), make([]*exec.Cmd, n)
	for i := range cmds {
		cmds[i] = worker(t, name, start, rounds, &outs[i])
	}
	for i, cmd := range cmds {
		require.NoError(t, cmd.Wait(), "worker %d", i)
		r.read(t, strings.NewReader(outs[i].String()))
	}
	require.Len(t, r.allocated, n*rounds*2)
	require.NotEmpty(t, r.published)
	s := open(t)
	r.check(t, s)
	issuer, err := revocation.NewIssuer(operator, base, revocation.IssuerOptions{Store: s})
	require.NoError(t, err)
	bundle, err := issuer.Publish(ctx, noon.Add(time.Since(start)*speed+time.Hour))
	require.NoError(t, err)
	for url, indices := range r.set {
		for _, i := range indices {
			ok, err := isSet(bundle, vc.StatusEntry{List: url, Index: strconv.FormatUint(i, 10)})
			require.NoError(t, err)
			require.True(t, ok, "lost: index %d of %s", i, url)
		}
	}
	t.Logf("%d processes, %d entries, %d lists published", n, len(r.allocated), len(r.published))
}

// Kill starts pairs of processes and kills one of each pair with SIGKILL at some
// moment, and the other later. Whatever they had said to be done is there.
func Kill(t *testing.T, name string, times int, open Open) {
	start, r := time.Now(), newRecord()
	for i := range times {
		one, two := new(strings.Builder), new(strings.Builder)
		a, b := worker(t, name, start, 0, one), worker(t, name, start, 0, two)
		for k, cmd := range []*exec.Cmd{a, b} {
			<-time.After(time.Duration(20+rand.IntN(60)) * time.Millisecond)
			require.NoError(t, cmd.Process.Kill(), "round %d, process %d ended by itself", i, k)
			var exit *exec.ExitError
			require.ErrorAs(t, cmd.Wait(), &exit)
			require.Equal(t, -1, exit.ExitCode(), "it was not killed")
		}
		r.read(t, strings.NewReader(whole(one.String())))
		r.read(t, strings.NewReader(whole(two.String())))
		r.check(t, open(t))
	}
	require.NotEmpty(t, r.allocated)
	t.Logf("%d processes killed, %d entries", 2*times, len(r.allocated))
}

// whole drops a line that was not finished.
func whole(said string) string { return said[:strings.LastIndexByte(said, '\n')+1] }
