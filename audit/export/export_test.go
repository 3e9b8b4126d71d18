package export_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/export"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

var ctx = context.Background()

const (
	origin = "log.example/agents"
	trace  = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

// story is the trail of one action that was done and one that was refused.
func story(t *testing.T) []audit.Item {
	skey, vkey, err := audit.NewLogKey(origin)
	require.NoError(t, err)
	log, err := audit.NewLog(origin, skey)
	require.NoError(t, err)
	now := func() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }
	alice, carol, bob := personas.New("alice"), personas.New("carol"), personas.New("bob")
	agent, err := audit.NewRecorder(carol, log, audit.RecorderOptions{Now: now})
	require.NoError(t, err)
	server, err := audit.NewRecorder(bob, log, audit.RecorderOptions{Now: now, Role: audit.RoleVerifier})
	require.NoError(t, err)
	digest := multikey.Digest([]byte("x"))
	link := audit.Link{ID: "urn:x:1", Digest: digest, Issuer: alice.DID(), Subject: carol.DID()}
	chain := &audit.Chain{Digest: digest, Links: []audit.Link{link}}
	record := func(r *audit.Recorder, e audit.Entry) audit.Hash {
		rec, err := r.Record(ctx, e)
		require.NoError(t, err)
		return rec.Hash()
	}
	record(server, audit.Entry{Type: audit.TaskOpen})
	record(agent, audit.Entry{Type: audit.TaskOpen, Task: "urn:x:task", Cap: digest, Chain: chain, Model: &audit.Model{Provider: "openai", Name: "m1"}})
	for _, action := range []string{"db/read", "db/write"} {
		about := audit.Entry{Action: action, Invocation: multikey.Digest([]byte(action)), Resource: &audit.Resource{Digest: digest}, Args: digest, Trace: trace}
		intent, decided := about, about
		intent.Type, decided.Type = audit.ActionIntent, audit.Decided
		decided.Chain, decided.Decision = chain, &audit.Decision{Effect: audit.Permit, Mode: "normal"}
		after := audit.Entry{Type: audit.ActionResult, Outcome: audit.OutcomeOK, Output: digest}
		if action == "db/write" {
			decided.Decision = &audit.Decision{Effect: audit.Deny, Rule: 15, Dimension: "actions"}
			after.Outcome, after.Output = audit.OutcomeDenied, ""
		}
		after.Intent = record(agent, intent)
		record(server, decided)
		record(agent, after)
	}
	record(agent, audit.Entry{Type: audit.TaskClose})
	_, err = log.Publish(ctx)
	require.NoError(t, err)
	policy, err := audit.NewPolicy(origin, vkey)
	require.NoError(t, err)
	report, err := audit.Audit(ctx, log, policy, nil)
	require.NoError(t, err)
	return report.Entries()
}

// required are the fields that a schema requires, with a dot for an inner object.
func requireFields(t *testing.T, data []byte, fields ...string) map[string]any {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(data, &doc))
	for _, f := range fields {
		var at any = doc
		for _, name := range strings.Split(f, ".") {
			m, ok := at.(map[string]any)
			require.True(t, ok, f)
			at = m[name]
		}
		require.NotNil(t, at, f)
	}
	return doc
}

func TestAttributes(t *testing.T) {
	for _, i := range story(t) {
		attrs, err := export.Attributes(i.Signed)
		require.NoError(t, err)
		got := map[string]string{}
		for _, a := range attrs {
			require.NotContains(t, got, a.Key)
			got[a.Key] = a.Value
		}
		e := i.Signed.Entry()
		require.NotEmpty(t, got["gen_ai.operation.name"], "required")
		require.NotEmpty(t, got["gen_ai.provider.name"], "required")
		require.Equal(t, e.Agent.String(), got["gen_ai.agent.id"])
		switch {
		case e.Type == audit.Decided && e.Decision.Effect == audit.Deny:
			require.Equal(t, "execute_tool", got["gen_ai.operation.name"])
			require.Equal(t, "db/write", got["gen_ai.tool.name"])
			require.Equal(t, "denied", got["error.type"])
			require.Equal(t, "15", got["taper.decision.rule"])
		case e.Model != nil:
			require.Equal(t, "openai", got["gen_ai.provider.name"])
			require.Equal(t, "m1", got["gen_ai.request.model"])
		}
	}
}

func TestOCSF(t *testing.T) {
	failures := 0
	for _, i := range story(t) {
		data, err := export.OCSF(i.Signed, origin)
		require.NoError(t, err)
		doc := requireFields(t, data,
			"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id",
			"metadata.version", "metadata.product.vendor_name", "actor.user.uid", "api.operation", "src_endpoint.uid")
		require.EqualValues(t, 6003, doc["class_uid"])
		require.EqualValues(t, 600399, doc["type_uid"])
		if doc["status_id"] == 2.0 {
			failures++
			require.Equal(t, "denied", doc["status_detail"])
		}
	}
	require.Equal(t, 2, failures, "the decision and the result of what was refused")
}

func TestCloudEvent(t *testing.T) {
	ids := map[string]bool{}
	for _, i := range story(t) {
		data, err := export.CloudEvent(i.Signed, "https://log.example/agents")
		require.NoError(t, err)
		doc := requireFields(t, data, "id", "source", "specversion", "type")
		require.Equal(t, "1.0", doc["specversion"])
		require.False(t, ids[doc["id"].(string)], "unique for its source")
		ids[doc["id"].(string)] = true
		require.Equal(t, i.Signed.Hash().String(), doc["leaf"])
		want, err := i.Signed.Entry().MarshalJSON()
		require.NoError(t, err)
		got, err := json.Marshal(doc["data"])
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
		if e := i.Signed.Entry(); e.Trace != "" {
			require.Equal(t, trace, doc["traceparent"])
		}
	}
}

func TestPROV(t *testing.T) {
	data, err := export.PROV(story(t))
	require.NoError(t, err)
	doc := requireFields(t, data, "prefix", "agent", "activity", "entity", "wasAssociatedWith", "actedOnBehalfOf", "used", "wasGeneratedBy")
	require.Len(t, doc["activity"], 2)
	require.Len(t, doc["agent"], 3)
	require.Len(t, doc["actedOnBehalfOf"], 1)
	// Every name that a relation uses is one of a record.
	known := map[string]bool{}
	for _, kind := range []string{"agent", "activity", "entity"} {
		for id := range doc[kind].(map[string]any) {
			known[id] = true
		}
	}
	for _, kind := range []string{"wasAssociatedWith", "actedOnBehalfOf", "used", "wasGeneratedBy", "wasAttributedTo"} {
		for _, r := range doc[kind].(map[string]any) {
			for name, id := range r.(map[string]any) {
				if strings.HasPrefix(name, "prov:") {
					require.True(t, known[id.(string)], "%s %s", kind, id)
				}
			}
		}
	}
}

func TestNothing(t *testing.T) {
	_, err := export.Attributes(nil)
	require.ErrorIs(t, err, audit.ErrEntry)
	_, err = export.OCSF(&audit.Signed{}, origin)
	require.ErrorIs(t, err, audit.ErrEntry)
	_, err = export.CloudEvent(nil, origin)
	require.ErrorIs(t, err, audit.ErrEntry)
	_, err = export.PROV([]audit.Item{{}})
	require.ErrorIs(t, err, audit.ErrEntry)
}
