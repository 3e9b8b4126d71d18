package audit_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

// permitted returns a decision of bob's with these amounts.
func permitted(tb testing.TB, amounts map[string]int64) audit.Entry {
	e := permit(tb, "db/read", personas.New("alice"), personas.New("carol"))
	e.ID, e.Agent, e.Role, e.Seq, e.Time = "urn:x:1", personas.New("bob").DID(), audit.RoleVerifier, 1, start
	e.Prev, e.Decision.Amounts = audit.LeafHash(nil), amounts
	return e
}

func TestAmounts(t *testing.T) {
	bob := personas.New("bob")
	amounts := map[string]int64{"count": 1, "USD/100": 1<<53 - 1, "a-b": 0, "Z": 7}
	signed, err := audit.Sign(bob, permitted(t, amounts))
	require.NoError(t, err)
	body := string(payload(t, signed.Bytes()))
	require.Contains(t, body, `"amounts":{"USD/100":9007199254740991,"Z":7,"a-b":0,"count":1}`)
	canonical, err := strictjson.Canonical([]byte(body), audit.MaxLeaf)
	require.NoError(t, err)
	require.Equal(t, string(canonical), body)
	signed.Entry().Decision.Amounts["count"] = 9
	require.Equal(t, amounts, signed.Entry().Decision.Amounts, "what is handed out is a copy")
	amounts["count"] = 8
	require.EqualValues(t, 1, signed.Entry().Decision.Amounts["count"], "nor through what it was made of")

	many := make(map[string]int64)
	for i := range 65 {
		many[fmt.Sprint(i)] = 1
	}
	for name, bad := range map[string]map[string]int64{
		"negative": {"count": -1}, "too many": many, "too large": {"count": 1 << 53}, "no unit": {"": 1},
		"a long unit": {strings.Repeat("a", 65): 1}, "a space": {"a b": 1}, "not ASCII": {"€": 1}, "a quote": {`"`: 1},
	} {
		_, err := audit.Sign(bob, permitted(t, bad))
		require.ErrorIs(t, err, audit.ErrEntry, name)
	}
	for name, change := range map[string]string{
		"unsorted": `{"Z":7,"USD/100":9007199254740991,"a-b":0,"count":1}`, "empty": `{}`, "null": `null`, "array": `[1]`,
		"twice": `{"Z":7,"Z":7}`, "fraction": `{"Z":7.0}`, "text": `{"Z":"7"}`,
	} {
		bad := strings.Replace(body, `{"USD/100":9007199254740991,"Z":7,"a-b":0,"count":1}`, change, 1)
		require.NotEqual(t, body, bad)
		_, err := audit.ParseSigned(forge(t, bob, header(bob), bad))
		require.ErrorIs(t, err, audit.ErrEntry, name)
	}
}

// spending is a log of carol, who delegates to dave, and of erin, each with permits
// for amounts; the mode of dave's chain changes.
func spendingLog(tb testing.TB) *audit.Report {
	tb.Helper()
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	dave, erin := personas.New("dave"), personas.New("erin")
	log, now := newLog(tb), clock()
	server := newRecorder(tb, bob, log, audit.RoleVerifier, now)
	record(tb, server, audit.Entry{Type: audit.TaskOpen})
	agents := make(map[did.DID]*audit.Recorder)
	begin := func(task string, people ...*did.Signer) {
		who := people[len(people)-1]
		agents[who.DID()] = newRecorder(tb, who, log, "", now)
		e := open(people...)
		e.Task = task
		record(tb, agents[who.DID()], e)
	}
	n := 0
	act := func(amounts map[string]int64, mode string, people ...*did.Signer) {
		n++
		who := people[len(people)-1].DID()
		meant := intent(tb, "shop/buy")
		meant.Invocation = digest(fmt.Sprint(n))
		if n == 3 {
			meant.Model = &audit.Model{Name: "m", Digest: digest("model")}
		}
		record(tb, agents[who], meant)
		decided := permit(tb, "shop/buy", people...)
		decided.Invocation, decided.Decision.Amounts, decided.Decision.Mode = meant.Invocation, amounts, mode
		if amounts == nil {
			decided.Decision.Effect, decided.Decision.Rule = audit.Deny, 12
		}
		record(tb, server, decided)
	}
	begin("one", alice, carol)
	record(tb, agents[carol.DID()], audit.Entry{Type: audit.Delegate, Chain: chain(alice, carol, dave)})
	begin("one", alice, carol, dave)
	begin("two", alice, erin)
	act(map[string]int64{"USD": 5, "count": 1}, "normal", alice, carol)
	act(map[string]int64{"USD": 7}, "normal", alice, carol, dave)
	act(map[string]int64{"USD": 1}, "normal", alice, carol, dave)
	act(map[string]int64{"USD": 2}, "guarded", alice, carol, dave)
	act(nil, "suspended", alice, carol, dave)
	act(map[string]int64{"EUR": 3}, "normal", alice, erin)
	record(tb, agents[dave.DID()], audit.Entry{Type: audit.StatusSeen, Decision: &audit.Decision{
		Mode: "revoked", Status: []audit.StatusList{{Digest: digest("list"), AsOf: start}},
	}})
	for _, a := range []*did.Signer{dave, carol, erin} {
		record(tb, agents[a.DID()], audit.Entry{Type: audit.TaskClose})
	}
	publish(tb, log)
	report := runAudit(tb, log, nil)
	require.Empty(tb, report.Findings)
	return report
}

func TestReportSpending(t *testing.T) {
	report := spendingLog(t)
	lead := report.Tree("one")[0]
	require.Equal(t, map[string]int64{"USD": 5, "count": 1}, lead.Spent)
	require.Equal(t, map[string]int64{"USD": 15, "count": 1}, lead.Total)
	worker := lead.Children[0]
	require.Equal(t, map[string]int64{"USD": 10}, worker.Spent)
	require.Equal(t, worker.Spent, worker.Total)
	require.Equal(t, lead.Total, report.Spent("one"))
	require.Equal(t, map[string]int64{"EUR": 3}, report.Spent("two"))
	require.Empty(t, report.Spent("three"))

	var modes []string
	for _, m := range worker.Modes {
		modes = append(modes, m.Mode)
	}
	require.Equal(t, []string{"normal", "guarded", "suspended", "revoked"}, modes)
	data, err := json.Marshal(worker)
	require.NoError(t, err)
	require.Contains(t, string(data), `"spent":{"USD":10},"total":{"USD":10},"modes":[{"mode":"normal","index":`)
	data, err = json.Marshal(report)
	require.NoError(t, err)
	require.Contains(t, string(data), `{"id":"two","spent":{"EUR":3},"tree":[`)
}

// Amounts that no longer fit stay at the largest number, and do not come out small.
func TestReportSpendingDoesNotWrap(t *testing.T) {
	require.Greater(t, 1025*float64(1<<53-1), float64(math.MaxInt64))
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	log, now := newLog(t), clock()
	server, agent := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now)
	record(t, server, audit.Entry{Type: audit.TaskOpen})
	record(t, agent, open(alice, carol))
	for i := range 1025 {
		e := permit(t, "shop/buy", alice, carol)
		e.Invocation, e.Decision.Amounts = digest(fmt.Sprint(i)), map[string]int64{"USD": 1<<53 - 1}
		record(t, server, e)
	}
	publish(t, log)
	require.Equal(t, int64(math.MaxInt64), runAudit(t, log, nil).Spent(task)["USD"])
}

func TestReportBlast(t *testing.T) {
	report := spendingLog(t)
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	dave, erin := personas.New("dave"), personas.New("erin")
	for name, c := range map[string]struct {
		of      audit.Target
		agents  []*did.Signer
		actions int
		usd     int64
	}{
		"nothing":          {audit.Target{}, nil, 0, 0},
		"a principal":      {audit.Target{Key: alice.DID()}, []*did.Signer{carol, dave, erin}, 6, 15},
		"an agent":         {audit.Target{Key: carol.DID()}, []*did.Signer{carol, dave}, 5, 15},
		"a sub-agent":      {audit.Target{Key: dave.DID()}, []*did.Signer{dave}, 4, 10},
		"a verifier":       {audit.Target{Key: bob.DID()}, []*did.Signer{bob}, 0, 0},
		"a stranger":       {audit.Target{Key: personas.New("mallory").DID()}, nil, 0, 0},
		"a root link":      {audit.Target{Link: chain(alice, carol).Digest}, []*did.Signer{carol, dave}, 5, 15},
		"a link":           {audit.Target{Link: chain(alice, carol, dave).Digest}, []*did.Signer{dave}, 4, 10},
		"a model":          {audit.Target{Model: digest("model")}, []*did.Signer{dave}, 4, 10},
		"a task":           {audit.Target{Task: "two"}, []*did.Signer{erin}, 1, 0},
		"a task and a key": {audit.Target{Task: "two", Key: dave.DID()}, []*did.Signer{dave, erin}, 5, 10},
	} {
		t.Run(name, func(t *testing.T) {
			b := report.Blast(c.of)
			var want []did.DID
			for _, a := range c.agents {
				want = append(want, a.DID())
			}
			require.Equal(t, want, b.Agents)
			require.Len(t, b.Actions, c.actions)
			require.Equal(t, c.usd, b.Spent["USD"])
			for _, i := range b.Entries {
				e := i.Signed.Entry()
				about := e.Agent
				if e.Role == audit.RoleVerifier && e.Chain != nil && about != c.of.Key {
					about = e.Chain.Links[len(e.Chain.Links)-1].Subject
				}
				require.Contains(t, want, about)
			}
		})
	}
	data, err := json.Marshal(report.Blast(audit.Target{Task: "two"}))
	require.NoError(t, err)
	require.Contains(t, string(data), `{"agents":["`+erin.DID().String()+`"],"actions":[{`)
	require.Contains(t, string(data), `"entries":[4,`)
	data, err = json.Marshal(report.Blast(audit.Target{}))
	require.NoError(t, err)
	require.JSONEq(t, `{"agents":[],"actions":[],"entries":[],"spent":{}}`, string(data))
}
