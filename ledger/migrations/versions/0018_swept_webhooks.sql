-- purpose: an index by which events of webhooks go with their last delivery
-- parameters: none
-- result: none
-- locks: writers of deliveries wait while it is built
-- errors: 42P07 when it exists already

CREATE INDEX delivery_by_event ON foundation.webhook_delivery (tenant_id, event_id);
