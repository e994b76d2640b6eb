import type { BudgetBar } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';

const { args, argTypes, template } = getStorybookHelpers<BudgetBar>('budget-bar', {
  excludeCategories: ['methods'],
});

const meta = {
  title: 'Elements/Budget bar',
  component: 'budget-bar',
  args: { ...args, spent: 0.0312, reserved: 0, max: 0.5 },
  argTypes,
  render: (given) => html`<div style="max-width: 340px">${template(given)}</div>`,
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<BudgetBar>>;

/** A little of it is spent. */
export const Idle: Story = {};

/** Some of it is set aside for calls that are under way. */
export const Reserved: Story = { args: { spent: 0.12, reserved: 0.15 } };

/** There is not much left. */
export const Near: Story = { args: { spent: 0.47, reserved: 0.02 } };

/** More was spent than there was: calls that were under way cost what they cost. */
export const Over: Story = { args: { spent: 0.5123 } };

/** No call has a known price. That is not nothing. */
export const Unknown: Story = { args: { spent: null } };

/** There is no limit. */
export const Unlimited: Story = { args: { spent: 3.2, max: null } };

/** In a page that is read from right to left. */
export const RightToLeft: Story = {
  render: (given) =>
    html`<div dir="rtl" style="max-width: 340px">${template({ ...given, label: 'الميزانية' })}</div>`,
  args: { spent: 0.2, reserved: 0.1 },
};

/** On a light page. */
export const Light: Story = { globals: { theme: 'light' }, args: { spent: 0.2, reserved: 0.1 } };
