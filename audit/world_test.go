package audit_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

var ctx = context.Background()

// The keys of the log of the tests. Never use them for anything real.
var skey, vkey = logKey(origin)

// logKey returns the keys of a log, always the same ones for a name.
func logKey(name string) (skey, vkey string) {
	seed := sha256.Sum256([]byte("taper test log " + name))
	vkey, err := note.NewEd25519VerifierKey(name, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	id := strings.Split(vkey, "+")[1]
	return "PRIVATE+KEY+" + name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...)), vkey
}

func newLog(tb testing.TB) *audit.Log {
	tb.Helper()
	log, err := audit.NewLog(origin, skey)
	require.NoError(tb, err)
	return log
}

func newRecorder(tb testing.TB, who *did.Signer, log audit.Appender, role audit.Role, now func() time.Time) *audit.Recorder {
	tb.Helper()
	r, err := audit.NewRecorder(who, log, audit.RecorderOptions{Role: role, Now: now})
	require.NoError(tb, err)
	return r
}

func record(tb testing.TB, r *audit.Recorder, e audit.Entry) *audit.Signed {
	tb.Helper()
	rec, err := r.Record(ctx, e)
	require.NoError(tb, err)
	return rec.Signed()
}

func publish(tb testing.TB, log *audit.Log) *audit.Checkpoint {
	tb.Helper()
	c, err := log.Publish(ctx)
	require.NoError(tb, err)
	return c
}

// story is a whole log: alice, a person, gave carol a task; carol acts, delegates
// to dave, who acts and is refused once; bob's server decides and writes too.
type story struct {
	log    *audit.Log
	anchor *audit.Checkpoint // in the middle
	end    *audit.Checkpoint
	leaves [][]byte
}

func tell(tb testing.TB) *story {
	tb.Helper()
	alice, carol, dave := personas.New("alice"), personas.New("carol"), personas.New("dave")
	log, now := newLog(tb), clock()
	server := newRecorder(tb, personas.New("bob"), log, audit.RoleVerifier, now)
	lead := newRecorder(tb, carol, log, audit.RoleAgent, now)
	worker := newRecorder(tb, dave, log, audit.RoleAgent, now)

	record(tb, server, audit.Entry{Type: audit.TaskOpen})
	record(tb, lead, open(alice, carol))
	one := record(tb, lead, intent(tb, "db/read"))
	record(tb, server, permit(tb, "db/read", alice, carol))
	record(tb, lead, result(tb, "db/read", one.Hash()))
	anchor := publish(tb, log)
	for _, r := range []*audit.Recorder{server, lead, worker} {
		r.Seen(anchor)
	}
	given := record(tb, lead, audit.Entry{Type: audit.Delegate, Chain: chain(alice, carol, dave)})
	child := open(alice, carol, dave)
	child.Parent = &audit.Parent{Agent: carol.DID(), Entry: given.Hash()}
	record(tb, worker, child)
	two := record(tb, worker, intent(tb, "db/write"))
	record(tb, server, deny(tb, "db/write", alice, carol, dave))
	refused := result(tb, "db/write", two.Hash())
	refused.Outcome, refused.Output = audit.OutcomeDenied, ""
	record(tb, worker, refused)
	last := record(tb, worker, audit.Entry{Type: audit.TaskClose, Outcome: audit.OutcomeError})
	record(tb, lead, audit.Entry{
		Type: audit.TaskClose, Outcome: audit.OutcomeOK,
		Children: []audit.Child{{Agent: dave.DID(), Last: last.Hash()}},
	})
	record(tb, server, audit.Entry{Type: audit.TaskClose})
	s := &story{log: log, anchor: anchor, end: publish(tb, log)}
	bundle, err := log.ReadEntryBundle(ctx, 0, 13)
	require.NoError(tb, err)
	for len(bundle) > 0 {
		n := 2 + int(bundle[0])<<8 + int(bundle[1])
		s.leaves, bundle = append(s.leaves, bundle[2:n]), bundle[n:]
	}
	return s
}
