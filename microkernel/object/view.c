/* SPDX-License-Identifier: MIT */
/* view.c - see view.h. */
#include "microkernel/object/view.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/thread.h"

i64 sys_view_create(struct cap_ref budget, cap_t client_handle, cap_t server_handle)
{
	struct cap_ref client, server;
	struct view *view;
	i64 handle;
	error_t error = cap_lookup(client_handle, OBJECT_SPACE, RIGHT_READ | RIGHT_WRITE, &client);

	if (!error)
		error = cap_lookup(server_handle, OBJECT_SPACE, RIGHT_SPACE_MAP, &server);
	if (error)
		return error;
	struct space *guest = client.object, *native = server.object;
	if (guest->kind != SPACE_GUEST || native->kind != SPACE_NATIVE)
		return E_INVAL;
	view = object_alloc(OBJECT_VIEW, budget.object);
	if (!view)
		return E_NOMEM;
	list_init(&view->in_client);
	list_init(&view->in_server);
	view->root = pagetable_root(budget.object);
	handle = view->root ? cap_install(&view->object, RIGHTS_ALL) : E_NOMEM;
	if (handle < 0) {
		object_put(view);
		return handle;
	}
	((pte_t *)direct_pointer(view->root))[SLOT_TOP_ENTRY] =
		((pte_t *)direct_pointer(native->root))[SLOT_TOP_ENTRY];
	view->client = guest;
	view->server = native;
	list_append(&guest->client_views, &view->in_client);
	list_append(&native->server_views, &view->in_server);
	object_put(view);
	return handle;
}

error_t view_fault(struct view *view, u64 address, u32 access)
{
	u64 physical;
	error_t error =
		view->client ? space_fault(view->client, address, access, &physical) : E_FAULT;

	if (error)
		return error;
	pte_t *mine = (pte_t *)direct_pointer(view->root) + table_index(address, TABLE_LEVELS - 1);
	pte_t theirs = *((pte_t *)direct_pointer(view->client->root) +
			 table_index(address, TABLE_LEVELS - 1));
	/* A client's top-level entry, once set, stays until the space dies. */
	if (!arch_pte_present(*mine))
		*mine = arch_table_entry(arch_pte_physical(theirs), false);
	return 0;
}

void view_detach(struct view *view)
{
	pte_t *top = direct_pointer(view->root);
	struct cpu *cpu = this_cpu();

	list_remove(&view->in_client);
	list_remove(&view->in_server);
	view->client = view->server = NULL;
	for (int i = 0; i <= SLOT_TOP_ENTRY; i++)
		top[i] = 0;
	if (cpu->root == view->root) {
		arch_root_load(arch_kernel_root);
		cpu->root_space = cpu->root_client = NULL;
		cpu->resched = 1; /* the way out loads what the thread has now */
	}
}

void view_destroy(struct view *view)
{
	if (!view->root)
		return;
	view_detach(view);
	budget_frame_free(view->root);
	view->root = 0;
}
