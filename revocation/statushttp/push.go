package statushttp

import (
	"bytes"
	"net/http"
	"time"
)

const (
	queue        = 64 // lists that wait for a listener
	writeTimeout = 30 * time.Second
)

// event writes a list as a server-sent event.
func event(raw []byte) []byte {
	out := []byte("event: " + eventList + "\n")
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		out = append(append(append(out, "data: "...), bytes.TrimSuffix(line, []byte("\r"))...), '\n')
	}
	return append(out, '\n')
}

// push sends every list that Update makes new, for as long as the client listens.
func (h *Handler) push(w http.ResponseWriter, r *http.Request) {
	lists := h.listen()
	if lists == nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many listeners", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(lists)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	control, beat := http.NewResponseController(w), time.NewTicker(heartbeat)
	defer beat.Stop()
	message := []byte(": taper\n\n")
	for {
		// A client that does not read is let go; a writer without deadlines waits.
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.Write(message); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			message = []byte(":\n\n")
		case s, ok := <-lists:
			if !ok {
				return
			}
			message = s.event
		}
	}
}

// listen returns a channel of lists, nil where there are too many.
func (h *Handler) listen() chan *served {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) >= h.opts.MaxListeners {
		return nil
	}
	lists := make(chan *served, queue)
	h.listeners[lists] = true
	return lists
}

func (h *Handler) leave(lists chan *served) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, lists)
}
