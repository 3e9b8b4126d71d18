package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/statushttp"
	"github.com/taperid/taper/vc"
)

// world is everybody: the operator, the fleet, the services and the risk engine,
// each behind its own port.
type world struct {
	board    *board
	operator *operator
	engine   *engine
	services []*service
	client   *http.Transport // that knows the certificates of the servers

	servers []*httptest.Server
	folder  string
	end     context.CancelFunc
	running sync.WaitGroup
}

// newWorld starts everybody, with verifiers of those ways and an agent's call to
// each service at every beat.
func newWorld(ctx context.Context, ways []way, beat time.Duration) (*world, error) {
	w := &world{board: newBoard(ways)}
	ctx, w.end = context.WithCancel(ctx)
	err := w.build(ctx, ways)
	if err == nil {
		err = w.start(ctx, beat)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) build(ctx context.Context, ways []way) error {
	lists, origins := w.listen(), make([]string, len(ways))
	for i := range ways {
		origins[i] = w.listen().URL
	}
	w.client = lists.Client().Transport.(*http.Transport).Clone() //nolint:errcheck // it is one
	w.client.MaxIdleConnsPerHost = teams * agents
	key, err1 := did.GenerateKey(did.Ed25519)
	risk, err2 := did.GenerateKey(did.P256)
	folder, err3 := os.MkdirTemp("", "killswitch-")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	w.folder = folder
	o := &operator{board: w.board}
	w.operator, w.engine = o, &engine{key: risk, url: lists.URL + "/risk", client: w.client}
	var err error
	if o.lists, err = revocation.NewIssuer(key, lists.URL+"/lists", revocation.IssuerOptions{Resign: resign}); err != nil {
		return err
	}
	if o.fleet, err = newFleet(ctx, key, o.lists, origins); err != nil {
		return err
	}
	if o.handler, err = statushttp.NewHandler(lists.URL, []did.DID{key.DID()}, statushttp.HandlerOptions{}); err != nil {
		return err
	}
	events, err := o.events(w.engine.url, engineName, risk.Key())
	if err != nil {
		return err
	}
	lists.Config.Handler = o.serve(events)
	if err := o.publish(ctx); err != nil {
		return err
	}
	for i, way := range ways {
		s, err := newService(ctx, way, origins[i], lists.URL, o.fleet, w.client, folder)
		if err != nil {
			return err
		}
		w.services = append(w.services, s)
		w.servers[1+i].Config.Handler = s.serve()
	}
	return nil
}

// listen starts a server on a free port, to be given its handler before anybody is
// told of it.
func (w *world) listen() *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	w.servers = append(w.servers, s)
	return s
}

// start sets everything going.
func (w *world) start(ctx context.Context, beat time.Duration) error {
	w.keep(ctx, "operator", w.operator.run)
	for _, s := range w.services {
		for _, run := range s.run {
			w.keep(ctx, s.name, run)
		}
	}
	for i, holder := range w.operator.fleet.agents {
		transport, err := agenthttp.NewTransport(holder, agenthttp.TransportOptions{Base: w.client})
		if err != nil {
			return err
		}
		for v := range w.services {
			c := &caller{board: w.board, team: i % teams, verifier: v, url: w.servers[1+v].URL + "/sales/2026"}
			c.client = &http.Client{Transport: transport, Timeout: patience}
			first := beat * time.Duration(i*len(w.services)+v) / time.Duration(teams*agents*len(w.services))
			w.running.Go(func() { c.run(ctx, first, beat) })
		}
	}
	return nil
}

// keep runs what goes on until the end, and says so if it ends before.
func (w *world) keep(ctx context.Context, who string, run func(context.Context) error) {
	w.running.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			w.board.note(who, "stopped: %v", err)
		}
	})
}

// close ends everything and waits for it.
func (w *world) close() {
	w.end()
	for _, s := range w.servers {
		s.CloseClientConnections()
	}
	w.running.Wait()
	for _, s := range w.servers {
		s.Close()
	}
	if w.folder != "" {
		_ = os.RemoveAll(w.folder)
	}
}

// caller is an agent at work with one service: it writes, and at times reads.
type caller struct {
	board          *board
	team, verifier int
	url            string
	client         *http.Client
}

func (c *caller) run(ctx context.Context, first, beat time.Duration) {
	err := wait(ctx, first)
	for n := 0; err == nil; n++ {
		method := http.MethodPost
		if n%4 == 3 {
			method = http.MethodGet
		}
		began := time.Now()
		modes, why := c.call(ctx, method)
		if ctx.Err() != nil {
			return
		}
		c.board.answer(c.verifier, c.team, began, modes, why)
		err = wait(ctx, beat)
	}
}

// call returns the modes that an answer can come of. Only what an agent that
// proved who it is gets told about its own chain counts.
func (c *caller) call(ctx context.Context, method string) ([]vc.Mode, string) {
	req, err := http.NewRequestWithContext(ctx, method, c.url, nil)
	if err != nil {
		return nil, err.Error()
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err.Error()
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return nil, err.Error()
	}
	var problem struct {
		Title   string
		Refusal struct {
			Rule    delegation.Rule
			Offered string
			Cause   string
		}
	}
	switch {
	case resp.StatusCode == http.StatusNoContent && method == http.MethodGet:
		return []vc.Mode{vc.Normal, vc.Guarded}, ""
	case resp.StatusCode == http.StatusNoContent:
		return []vc.Mode{vc.Normal}, ""
	case json.Unmarshal(body, &problem) != nil:
		return nil, resp.Status
	case problem.Refusal.Rule == delegation.ErrNotAllowed && method == http.MethodPost:
		return []vc.Mode{vc.Guarded}, problem.Title
	case problem.Refusal.Rule == delegation.ErrStatus && problem.Refusal.Offered == vc.Revoked.String():
		return []vc.Mode{vc.Revoked}, problem.Title
	}
	return nil, problem.Title + ": " + problem.Refusal.Cause
}
