// %%sandbox directus-extension-overdue --lang js
// /// sandbox
// permissions = [{ permission = "read-items", role = "desk" }]
// ///
const DAY = 24 * 60 * 60 * 1000;

const overdue = async ({ today, days }) => {
    const loans = await exec('read-items', 'loans', {
        query: {
            filter: { returned: { _null: true } },
            fields: ['taken', 'tool.name', 'member.name'],
            sort: ['taken'],
            limit: -1,
        },
    });
    const rows = loans.map(({ taken, tool, member }) => ({
        tool: tool.name,
        member: member.name,
        days: (new Date(today) - new Date(taken)) / DAY,
    }));
    return { overdue: rows.filter((row) => row.days > days) };
};

await exec('register-operation', { id: 'overdue', handler: overdue });
